package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// A tree is what the repository says about specifications.
type tree struct {
	citations    []citation
	declarations []declaration
}

// A citation is one mention of a specification, of a place in it when place is set.
type citation struct {
	file  string // relative to the repository
	line  int
	spec  string // "RFC 6120" or "XEP-0198"
	place string // "4.9.3" or "resumption"
}

// A declaration is a "Spec:" line: what a package implements, and how far.
type declaration struct {
	file, pkg     string
	line          int
	spec, version string
	status, note  string
}

var (
	xepCitation = regexp.MustCompile(`\bXEP-(\d{4})(?:#([A-Za-z0-9_.:-]*[A-Za-z0-9]))?`)
	// One RFC and the sections named after it: "RFC 6120 §8.3.3, §8.4 and appendix A".
	rfcCitation = regexp.MustCompile(`\bRFC (\d{3,5})((?:(?:,| and)?,? (?:§§?|[Aa]ppendix )[0-9A-Z][0-9A-Za-z.]*)*)`)
	rfcPlace    = regexp.MustCompile(`(?:§§?|[Aa]ppendix )([0-9A-Z]+(?:\.[0-9A-Za-z]+)*)`)
	specLine    = regexp.MustCompile(`^// Spec: (.*)$`)
	specBody    = regexp.MustCompile(`^(?:(XEP-\d{4}) ([0-9.]+)|(RFC \d{3,5}))(?: (complete|partial))?(?:: (.+))?$`)
)

// cited are the kinds of files that are looked at: code, protocol scripts, texts.
var cited = []string{".go", ".xmpp", ".md", ".sql", ".ts", ".tsx"}

// scan reads the repository below root.
func scan(root string) (*tree, error) {
	t := new(tree)
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := entry.Name()
		if entry.IsDir() {
			if path != root && (strings.HasPrefix(name, ".") || slices.Contains([]string{"bin", "data", "node_modules"}, name)) {
				return fs.SkipDir
			}
			return nil
		}
		if !slices.Contains(cited, filepath.Ext(name)) {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		file, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		return t.addFile(filepath.ToSlash(file), string(text))
	})
	return t, err
}

func (t *tree) addFile(file, text string) error {
	var faults []error
	number := 0
	for line := range strings.Lines(text) {
		number++
		t.addCitations(file, number, line)
		if match := specLine.FindStringSubmatch(strings.TrimRight(line, "\n")); match != nil && strings.HasSuffix(file, ".go") {
			d, err := parseDeclaration(match[1])
			if err != nil {
				faults = append(faults, fmt.Errorf("%s:%d: %w", file, number, err))
				continue
			}
			d.file, d.line, d.pkg = file, number, filepath.ToSlash(filepath.Dir(file))
			t.declarations = append(t.declarations, d)
		}
	}
	return errors.Join(faults...)
}

func (t *tree) addCitations(file string, number int, line string) {
	for _, match := range xepCitation.FindAllStringSubmatch(line, -1) {
		t.citations = append(t.citations, citation{file, number, "XEP-" + match[1], match[2]})
	}
	for _, match := range rfcCitation.FindAllStringSubmatch(line, -1) {
		id := "RFC " + match[1]
		places := rfcPlace.FindAllStringSubmatch(match[2], -1)
		for _, place := range places {
			t.citations = append(t.citations, citation{file, number, id, place[1]})
		}
		if len(places) == 0 {
			t.citations = append(t.citations, citation{file, number, id, ""})
		}
	}
}

func parseDeclaration(body string) (declaration, error) {
	match := specBody.FindStringSubmatch(body)
	if match == nil || match[4] == "" && match[1] != "" {
		return declaration{}, fmt.Errorf("want `Spec: XEP-NNNN VERSION complete` or `Spec: RFC NNNN partial: what is missing`, have %q", body)
	}
	// Of an RFC, which has no state of its own to report in a DOAP, the state may be left out.
	d := declaration{spec: match[1] + match[3], version: match[2], status: cmp.Or(match[4], "implemented"), note: match[5]}
	if d.status == "partial" && d.note == "" {
		return d, fmt.Errorf("%s is partial: say after a colon what is missing", d.spec)
	}
	return d, nil
}

// check returns an error for each citation whose target does not exist.
func (t *tree) check(known map[string]*spec) []error {
	var faults []error
	for _, c := range t.citations {
		switch s := known[c.spec]; {
		case s == nil && strings.HasPrefix(c.spec, "RFC"):
			faults = append(faults, fmt.Errorf("%s:%d: %s is not in the list of xref/rfcs.go", c.file, c.line, c.spec))
		case s == nil:
			faults = append(faults, fmt.Errorf("%s:%d: there is no %s", c.file, c.line, c.spec))
		case !s.has(c.place):
			faults = append(faults, fmt.Errorf("%s:%d: %s has no %q", c.file, c.line, c.spec, c.place))
		}
	}
	return faults
}

// bySpec groups the citations by document.
func (t *tree) bySpec() map[string][]citation {
	groups := make(map[string][]citation)
	for _, c := range t.citations {
		groups[c.spec] = append(groups[c.spec], c)
	}
	return groups
}

// printCitations lists documents, their places and where each is cited.
func printCitations(out io.Writer, t *tree, known map[string]*spec) {
	groups := t.bySpec()
	for _, id := range slices.Sorted(maps.Keys(groups)) {
		title := "unknown"
		if s := known[id]; s != nil {
			title = s.title
		}
		fmt.Fprintf(out, "%s %s\n", id, title)
		cites := groups[id]
		slices.SortStableFunc(cites, func(a, b citation) int { return cmp.Compare(a.place, b.place) })
		for _, c := range cites {
			fmt.Fprintf(out, "\t%s\t%s:%d\n", cmp.Or(c.place, "-"), c.file, c.line)
		}
	}
}
