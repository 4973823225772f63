package main

import (
	_ "embed"
	"fmt"
	"html"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// xepIndex has one line for each XEP: number, version, title and anchors, separated by tabs, the anchors by blanks.
// `go run ./xmppd/cmd/internal/xref -index DIR` writes it again, DIR being a checkout of the XEPs' sources
// (repository xsf/xeps).
//
//go:embed xeps.txt
var xepIndex string

// A spec is a document that code may cite: "RFC 6120" or "XEP-0198".
type spec struct {
	id      string
	title   string
	version string          // of a XEP, as in its last revision
	anchors map[string]bool // of a XEP
	outline outline         // of an RFC
}

// An outline is what is known of an RFC's sections: how many numbered ones it has at the top level (0: not
// known, any is taken) and its appendices' letters.
type outline struct {
	sections   int
	appendices string
}

// url is where the document can be read.
func (s *spec) url() string {
	if number, isXEP := strings.CutPrefix(s.id, "XEP-"); isXEP {
		return "https://xmpp.org/extensions/xep-" + number + ".html"
	}
	return "https://www.rfc-editor.org/rfc/rfc" + strings.TrimPrefix(s.id, "RFC ")
}

// has reports whether the document has the place: an anchor of a XEP, a section ("4.9.3", "A.2") of an RFC.
// The empty place stands for the whole document.
func (s *spec) has(place string) bool {
	if place == "" {
		return true
	}
	if s.anchors != nil {
		return s.anchors[place]
	}
	top, _, _ := strings.Cut(place, ".")
	if s.outline.sections == 0 {
		return true
	}
	if number, err := strconv.Atoi(top); err == nil {
		return number >= 1 && number <= s.outline.sections
	}
	return strings.Contains(s.outline.appendices, top)
}

func loadSpecs() (map[string]*spec, error) {
	known := make(map[string]*spec)
	for number, r := range rfcs {
		id := fmt.Sprintf("RFC %d", number)
		known[id] = &spec{id: id, title: r.title, outline: r.outline}
	}
	for line := range strings.Lines(xepIndex) {
		fields := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(fields) != 4 {
			return nil, fmt.Errorf("xeps.txt: want 4 fields: %q", line)
		}
		s := &spec{id: "XEP-" + fields[0], version: fields[1], title: fields[2], anchors: make(map[string]bool)}
		for _, anchor := range strings.Fields(fields[3]) {
			s.anchors[anchor] = true
		}
		known[s.id] = s
	}
	return known, nil
}

// The XEPs' sources are XML with external entities, so the few facts are picked out of the text.
var (
	xepComment = regexp.MustCompile(`(?s)<!--.*?-->`)
	xepTitle   = regexp.MustCompile(`(?s)<title>(.*?)</title>`)
	xepVersion = regexp.MustCompile(`<version>\s*([0-9.]+)\w*\s*</version>`)
	xepAnchor  = regexp.MustCompile(`\banchor\s*=\s*["']([^"']+)["']`)
)

// writeIndex reads the sources xep-*.xml of a directory into an index.
func writeIndex(path, sources string) error {
	files, err := filepath.Glob(filepath.Join(sources, "xep-[0-9][0-9][0-9][0-9].xml"))
	if err != nil {
		return err
	}
	if len(files) == 0 {
		return fmt.Errorf("no xep-NNNN.xml in %s", sources)
	}
	var lines strings.Builder
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		number := filepath.Base(file)[len("xep-"):][:4]
		line, err := indexLine(number, xepComment.ReplaceAllString(string(text), ""))
		if err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		lines.WriteString(line)
	}
	return os.WriteFile(path, []byte(lines.String()), 0o644)
}

func indexLine(number, text string) (string, error) {
	title, version := first(xepTitle, text), first(xepVersion, text)
	if title == "" || version == "" {
		return "", fmt.Errorf("title %q or version %q is missing", title, version)
	}
	var anchors []string
	for _, match := range xepAnchor.FindAllStringSubmatch(text, -1) {
		anchors = append(anchors, match[1])
	}
	slices.Sort(anchors)
	title = strings.Join(strings.Fields(html.UnescapeString(title)), " ")
	return strings.Join([]string{number, version, title, strings.Join(slices.Compact(anchors), " ")}, "\t") + "\n", nil
}

func first(pattern *regexp.Regexp, text string) string {
	if match := pattern.FindStringSubmatch(text); match != nil {
		return match[1]
	}
	return ""
}
