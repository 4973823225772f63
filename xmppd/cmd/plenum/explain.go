package main

import (
	"errors"
	"io/fs"
	"strings"
	"syscall"

	"plenum/components/directory"
	"plenum/xmppd/fault"
	"plenum/xmppd/store"
)

// explain makes one line of an error that ends the program: what happened, and what to do.
func explain(err error) string {
	text := strings.Join(strings.Split(strings.TrimSpace(err.Error()), "\n"), "; ")
	if _, ok := errors.AsType[directory.FieldErrors](err); ok {
		text = fault.Text(err) // their codes are for forms
	}
	if todo := advice(err); todo != "" {
		return text + " (" + todo + ")"
	}
	return text
}

func advice(err error) string {
	switch {
	case errors.Is(err, store.ErrDiskFull), errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return "make room on the disk of the data folder and start again; nothing that was acknowledged is lost"
	case errors.Is(err, store.ErrCorrupt):
		return "put back the last backup with plenum restore"
	case errors.Is(err, store.ErrNewerSchema):
		return "start the newer version of plenum that wrote this database, or put back a backup made before it"
	case errors.Is(err, store.ErrUnavailable):
		return "check that the database server of store.dsn runs and takes connections from here"
	case errors.Is(err, syscall.EROFS):
		return "the disk of the data folder can only be read: mount it for writing"
	case errors.Is(err, fs.ErrPermission):
		return "give the user that runs plenum the right to it"
	}
	return ""
}
