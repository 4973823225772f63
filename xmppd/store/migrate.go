package store

import (
	"context"
	"database/sql"
	"fmt"
	"io/fs"
	"path"
	"regexp"

	"github.com/pressly/goose/v3"
)

var packageName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,30}$`)

// Migrate brings the tables of the package named pkg to the newest version that its migrations know. sqlite and postgres hold files
// named 00001_what.sql in goose's format (`-- +goose Up`), at their root or together in one directory, as embed.FS gives them. Each
// package has a version table of its own, schema_<pkg>. Several nodes may call it at the same time. It returns ErrNewerSchema, and
// changes nothing, when the database was written by a newer program.
func (db *DB) Migrate(ctx context.Context, pkg string, sqlite, postgres fs.FS) error {
	if !packageName.MatchString(pkg) {
		return fmt.Errorf("store: %q cannot name a version table", pkg)
	}
	files := sqlite
	if db.Dialect() == Postgres {
		files = postgres
	}
	files, err := migrationDir(files)
	if err != nil {
		return fmt.Errorf("migrate %s: %w", pkg, err)
	}
	release, err := db.acquire()
	if err != nil {
		return err
	}
	defer release()
	if err := db.backend.migrate(ctx, pkg, files); err != nil {
		return fmt.Errorf("migrate %s: %w", pkg, err)
	}
	return nil
}

// migrationDir returns the directory in files that holds the migrations.
func migrationDir(files fs.FS) (fs.FS, error) {
	dir := ""
	err := fs.WalkDir(files, ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || path.Ext(name) != ".sql" {
			return err
		}
		if dir != "" && dir != path.Dir(name) {
			return fmt.Errorf("migrations in both %s and %s", dir, path.Dir(name))
		}
		dir = path.Dir(name)
		return nil
	})
	if err != nil {
		return nil, err
	}
	if dir == "" {
		return nil, fs.ErrNotExist
	}
	return fs.Sub(files, dir)
}

func migrateUp(ctx context.Context, dialect goose.Dialect, db *sql.DB, pkg string, files fs.FS, opts ...goose.ProviderOption) error {
	opts = append(opts, goose.WithTableName("schema_"+pkg), goose.WithDisableGlobalRegistry(true))
	p, err := goose.NewProvider(dialect, db, files, opts...)
	if err != nil {
		return err
	}
	have, know, err := p.GetVersions(ctx)
	if err != nil {
		return err
	}
	if have > know {
		return fmt.Errorf("the tables of %s are of version %d, this program knows %d: start the newer program or restore a backup: %w", pkg, have, know, ErrNewerSchema)
	}
	_, err = p.Up(ctx)
	return err
}
