package main

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"plenum/xmppd/cmd/internal/control"
	"plenum/xmppd/store"
)

// backedUp are the parts of the data folder that a backup holds besides the database: what cannot be made again.
var backedUp = []string{configName, "tls", "keys", "uploads"}

type backupCommand struct {
	File string `arg:"" help:"The archive (tar) to write; must not exist. It holds the database, the configuration and the keys: keep it safe." type:"path"`
}

// Run backs up a running server through its socket, else the files themselves.
func (c backupCommand) Run(where *folder) error {
	data, err := where.data()
	if err != nil {
		return err
	}
	if _, err := os.Lstat(c.File); !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("%s exists: name a new file", c.File)
	}
	snapshot := c.File + ".database"
	defer os.Remove(snapshot)
	_, err = tell[struct{}](where, "backup", backupTo{snapshot})
	if errors.Is(err, control.ErrNotRunning) {
		err = backUpStopped(where, data, snapshot)
	}
	if err != nil {
		return err
	}
	if err := writeArchive(c.File, data, snapshot); err != nil {
		return errors.Join(fmt.Errorf("write the backup: %w", err), os.Remove(c.File+".part"))
	}
	info, err := os.Stat(c.File)
	if err == nil {
		fmt.Printf("%s: %d bytes\n", c.File, info.Size())
	}
	return err
}

func backUpStopped(where *folder, data, snapshot string) error {
	cfg, err := where.load()
	if err != nil {
		return err
	}
	if cfg.Store.DSN != "" {
		return errors.New("the database is PostgreSQL: back it up with pg_dump, and the data folder with tar")
	}
	return store.Backup(context.Background(), data, snapshot)
}

// writeArchive writes beside the file and renames, so that it is either complete or not there.
func writeArchive(path, data, snapshot string) error {
	f, err := os.OpenFile(path+".part", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	archive := tar.NewWriter(f)
	err = addFile(archive, snapshot, store.FileName)
	for _, name := range backedUp {
		if err == nil {
			err = addTree(archive, data, name)
		}
	}
	if err = errors.Join(err, archive.Close(), f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(path+".part", path)
}

func addTree(archive *tar.Writer, data, name string) error {
	return filepath.WalkDir(filepath.Join(data, name), func(path string, entry fs.DirEntry, err error) error {
		if errors.Is(err, os.ErrNotExist) {
			return nil
		}
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		inside, err := filepath.Rel(data, path)
		if err != nil {
			return err
		}
		return addFile(archive, path, filepath.ToSlash(inside))
	})
}

func addFile(archive *tar.Writer, path, name string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	header := &tar.Header{Name: name, Mode: int64(info.Mode().Perm()), Size: info.Size(), ModTime: info.ModTime(), Format: tar.FormatPAX}
	if err := archive.WriteHeader(header); err != nil {
		return err
	}
	_, err = io.CopyN(archive, f, info.Size())
	return err
}

type restoreCommand struct {
	File string `arg:"" help:"An archive made by plenum backup. The database that is there is kept with .old at its name." type:"existingfile"`
}

// Run puts a backup into the data folder; no server may run there.
func (c restoreCommand) Run(where *folder) error {
	data := where.Data
	if err := os.MkdirAll(data, 0o750); err != nil {
		return err
	}
	unpacked, err := os.MkdirTemp(data, "restore-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(unpacked)
	if err := unpack(c.File, unpacked); err != nil {
		return fmt.Errorf("%s is not a whole backup made by plenum backup: %w", c.File, err)
	}
	if err := store.Restore(context.Background(), data, filepath.Join(unpacked, store.FileName)); err != nil {
		return err
	}
	suffix := time.Now().UTC().Format(".20060102T150405.old")
	for _, name := range backedUp {
		if err := replace(filepath.Join(unpacked, name), filepath.Join(data, name), suffix); err != nil {
			return err
		}
	}
	fmt.Printf("restored %s to %s\n", c.File, data)
	return nil
}

// unpack takes the files of a backup out of its archive, and nothing else.
func unpack(path, into string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	found := false
	for archive := tar.NewReader(f); ; {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		top, _, _ := strings.Cut(header.Name, "/")
		if header.Typeflag != tar.TypeReg || !filepath.IsLocal(header.Name) || top != store.FileName && !slices.Contains(backedUp, top) {
			return fmt.Errorf("it holds %q", header.Name)
		}
		found = found || header.Name == store.FileName
		if err := unpackFile(archive, filepath.Join(into, header.Name), fs.FileMode(header.Mode).Perm()); err != nil {
			return err
		}
	}
	if !found {
		return errors.New("the database is not in it")
	}
	return nil
}

func unpackFile(from io.Reader, path string, mode fs.FileMode) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, from)
	return errors.Join(err, f.Sync(), f.Close())
}

// replace moves a restored file or folder to its place and keeps what was there under another name.
func replace(from, to, suffix string) error {
	if _, err := os.Lstat(from); errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err := os.Rename(to, to+suffix); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return os.Rename(from, to)
}
