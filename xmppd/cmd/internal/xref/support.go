package main

import (
	"bytes"
	"cmp"
	"encoding/xml"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// support says how far one specification is implemented, and by which packages.
type support struct {
	*spec
	version  string // implemented, of a XEP
	status   string // complete, partial, or of an RFC implemented
	notes    []string
	packages []string
}

// supported joins the declarations of each specification. It is complete when one package says so of the whole.
func supported(t *tree, known map[string]*spec) ([]*support, error) {
	joined := make(map[string]*support)
	var faults []error
	for _, d := range t.declarations {
		s := known[d.spec]
		if s == nil {
			continue // reported as a citation
		}
		if newer(d.version, s.version) {
			faults = append(faults, fmt.Errorf("%s:%d: %s has no version %s, the last is %s", d.file, d.line, d.spec, d.version, s.version))
		}
		have := joined[d.spec]
		if have == nil {
			have = &support{spec: s, version: d.version, status: d.status}
			joined[d.spec] = have
		}
		if have.version != d.version {
			faults = append(faults, fmt.Errorf("%s:%d: %s %s here and %s elsewhere", d.file, d.line, d.spec, d.version, have.version))
		}
		if d.status == "complete" {
			have.status = d.status
		}
		if d.note != "" {
			have.notes = append(have.notes, d.note)
		}
		have.packages = append(have.packages, d.pkg)
	}
	list := slices.SortedFunc(maps.Values(joined), func(a, b *support) int { return cmp.Compare(a.id, b.id) })
	return list, errors.Join(faults...)
}

// newer reports whether version a comes after b, number by number.
func newer(a, b string) bool {
	return slices.Compare(numbers(a), numbers(b)) > 0
}

func numbers(version string) []int {
	var list []int
	for field := range strings.SplitSeq(version, ".") {
		number, _ := strconv.Atoi(field) // an empty or odd field counts as 0
		list = append(list, number)
	}
	return list
}

// An output is a part of a file that is made from the declarations: between two markers, or all of it.
type output struct {
	file       string
	begin, end string
	content    string
}

func outputs(list []*support) []output {
	return []output{
		{"README.md", "<!-- specifications: made by make gen -->\n", "<!-- end of specifications -->\n", markdown(list)},
		{"docs/plenum.doap", "", "", doap(list)},
	}
}

// apply puts the content where it belongs in the text of the file.
func (o output) apply(text string) (string, error) {
	if o.begin == "" {
		return o.content, nil
	}
	before, rest, found := strings.Cut(text, o.begin)
	_, after, closed := strings.Cut(rest, o.end)
	if !found || !closed {
		return "", fmt.Errorf("%s lacks the lines %q and %q", o.file, strings.TrimSpace(o.begin), strings.TrimSpace(o.end))
	}
	return before + o.begin + o.content + o.end + after, nil
}

func (o output) write(root string) error {
	path := filepath.Join(root, o.file)
	text, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	fresh, err := o.apply(string(text))
	if err != nil || fresh == string(text) {
		return err
	}
	return os.WriteFile(path, []byte(fresh), 0o644)
}

func (o output) compare(root string) error {
	text, err := os.ReadFile(filepath.Join(root, o.file))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	fresh, err := o.apply(string(text))
	if err == nil && fresh != string(text) {
		err = fmt.Errorf("%s does not say what the packages' Spec: lines say: run make gen", o.file)
	}
	return err
}

// markdown is the table for people.
func markdown(list []*support) string {
	var b strings.Builder
	b.WriteString("| specification | version | state | package |\n|---|---|---|---|\n")
	for _, s := range list {
		state := strings.Join(append([]string{s.status}, s.notes...), "; ")
		version := s.version
		if s.version != s.spec.version {
			version += " (now " + s.spec.version + ")"
		}
		fmt.Fprintf(&b, "| [%s](%s) %s | %s | %s | `%s` |\n", s.id, s.url(), s.title, version, state, strings.Join(s.packages, "`, `"))
	}
	return b.String()
}

// doap is the description for machines (XEP-0453).
func doap(list []*support) string {
	var b bytes.Buffer
	b.WriteString(`<?xml version="1.0" encoding="UTF-8"?>
<rdf:RDF xmlns="http://usefulinc.com/ns/doap#" xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:xmpp="https://linkmauve.fr/ns/xmpp-doap#">
  <Project>
    <name>Plenum</name>
    <shortdesc xml:lang="en">A collaboration server: chat, presence and groups over XMPP.</shortdesc>
    <programming-language>Go</programming-language>
    <os>Linux</os>
    <category rdf:resource="https://linkmauve.fr/ns/xmpp-doap#category-server"/>
    <category rdf:resource="https://linkmauve.fr/ns/xmpp-doap#category-xmpp"/>
    <license rdf:resource="https://spdx.org/licenses/Apache-2.0.html"/>
`)
	for _, s := range list {
		if s.anchors == nil {
			fmt.Fprintf(&b, "    <implements rdf:resource=\"%s\"/>\n", s.url())
			continue
		}
		fmt.Fprintf(&b, "    <implements>\n      <xmpp:SupportedXep>\n        <xmpp:xep rdf:resource=\"%s\"/>\n"+
			"        <xmpp:status>%s</xmpp:status>\n        <xmpp:version>%s</xmpp:version>\n", s.url(), s.status, s.version)
		if len(s.notes) > 0 {
			b.WriteString("        <xmpp:note xml:lang=\"en\">")
			_ = xml.EscapeText(&b, []byte(strings.Join(s.notes, "; "))) // a buffer does not fail
			b.WriteString("</xmpp:note>\n")
		}
		b.WriteString("      </xmpp:SupportedXep>\n    </implements>\n")
	}
	b.WriteString("  </Project>\n</rdf:RDF>\n")
	return b.String()
}
