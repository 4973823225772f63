// Package web has the built files of the front end: the console, the users' app, the guests' page and what they load.
// `make web` makes them anew from src/; the program needs nothing else of what lies beside this file.
package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"
)

//go:embed dist
var dist embed.FS

// The pages. Their addresses are the caller's choice; what they load is below /assets/.
const (
	Console = "console.html"
	Guest   = "guest.html"
	App     = "app.html"
)

// ContentSecurityPolicy is what the pages need and no more: own files alone, no inline code or style, no frames,
// requests to the server they came from, and sound from there.
const ContentSecurityPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; " +
	"connect-src 'self'; media-src 'self'; font-src 'self'; manifest-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"

var contentTypes = map[string]string{
	".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8",
	".svg": "image/svg+xml", ".png": "image/png", ".woff2": "font/woff2",
}

// Files serves the built files. Make it with Load.
type Files struct {
	byPath map[string]*file
}

type file struct {
	contentType, etag string
	plain, zipped     []byte // zipped is nil where it would save nothing
}

// Load reads and compresses all files once.
func Load() (*Files, error) {
	f := &Files{make(map[string]*file)}
	err := fs.WalkDir(dist, "dist", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := dist.ReadFile(name)
		if err != nil {
			return err
		}
		contentType, known := contentTypes[path.Ext(name)]
		if !known {
			return fmt.Errorf("built file %s: no content type for its ending", name)
		}
		sum := sha256.Sum256(content)
		made := &file{contentType: contentType, etag: `"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`, plain: content}
		if made.zipped, err = compress(content); err != nil {
			return err
		}
		f.byPath[strings.TrimPrefix(name, "dist/")] = made
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, page := range []string{Console, Guest, App} {
		if f.byPath[page] == nil {
			return nil, fmt.Errorf("page %s was not built", page)
		}
	}
	return f, nil
}

func compress(content []byte) ([]byte, error) {
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(content); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	if b.Len() >= len(content) {
		return nil, nil
	}
	return b.Bytes(), nil
}

// Asset serves the file named by the rest of the address after /assets/. Its name has a hash of its content, so that
// browsers may keep it for ever.
func (f *Files) Asset(w http.ResponseWriter, r *http.Request) {
	found := f.byPath[strings.TrimPrefix(r.URL.Path, "/")]
	if found == nil || !strings.HasPrefix(r.URL.Path, "/assets/") {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	found.serve(w, r, http.StatusOK)
}

// Page serves one of the pages with a status. A browser asks each time whether it has changed.
func (f *Files) Page(w http.ResponseWriter, r *http.Request, name string, status int) {
	w.Header().Set("Cache-Control", "no-cache")
	w.Header().Set("Content-Security-Policy", ContentSecurityPolicy)
	f.byPath[name].serve(w, r, status)
}

func (f *file) serve(w http.ResponseWriter, r *http.Request, status int) {
	h := w.Header()
	h.Set("Content-Type", f.contentType)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Vary", "Accept-Encoding")
	h.Set("ETag", f.etag)
	if status == http.StatusOK && r.Header.Get("If-None-Match") == f.etag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	body := f.plain
	if f.zipped != nil && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		body = f.zipped
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // a browser that has gone needs no answer
	}
}
