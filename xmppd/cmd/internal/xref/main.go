// Command xref keeps the tree and the specifications it is built from together. It checks every citation of an RFC
// section or XEP anchor, lists which code implements what, and writes the table of supported specifications
// and the DOAP file from the "Spec:" lines of the packages' documentation.
package main

//go:generate go run . -write

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

func main() {
	print := flag.Bool("print", false, "list each cited specification and the places that cite it")
	write := flag.Bool("write", false, "write the table in README.md and docs/plenum.doap instead of comparing them")
	index := flag.String("index", "", "write xeps.txt again from the directory with the XEPs' XML sources")
	flag.Parse()
	if err := run(os.Stdout, *print, *write, *index); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(out io.Writer, print, write bool, index string) error {
	root, err := moduleRoot()
	if err != nil {
		return err
	}
	if index != "" {
		return writeIndex(filepath.Join(root, "xmppd/cmd/internal/xref/xeps.txt"), index)
	}
	known, err := loadSpecs()
	if err != nil {
		return err
	}
	tree, err := scan(root)
	if err != nil {
		return err
	}
	if print {
		printCitations(out, tree, known)
	}
	faults := tree.check(known)
	support, err := supported(tree, known)
	faults = append(faults, err)
	for _, generated := range outputs(support) {
		if write {
			faults = append(faults, generated.write(root))
		} else {
			faults = append(faults, generated.compare(root))
		}
	}
	if err := errors.Join(faults...); err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "xref: %d citations of %d specifications hold, %d specifications declared\n",
		len(tree.citations), len(tree.bySpec()), len(support))
	return err
}

// moduleRoot is the directory with go.mod, here or above.
func moduleRoot() (string, error) {
	dir, err := os.Getwd()
	for err == nil {
		if _, missing := os.Stat(filepath.Join(dir, "go.mod")); missing == nil {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			err = errors.New("no go.mod here or above: run xref inside the repository")
		}
		dir = filepath.Dir(dir)
	}
	return "", err
}
