package xmpptest

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"maps"
	"strings"

	"plenum/xmppd/xmlstream"
)

// Match compares a stanza with a pattern, as XML: the order of attributes, prefixes and white space between elements do not
// matter. In the pattern,
//
//   - an attribute or text "…" stands for anything,
//   - "…" between children stands for any number of further children,
//   - $name captures on first use, and has to be the same value later; $name may stand for a whole attribute or text,
//   - attributes that the pattern does not name may be there, except 'type' on the root: without one the stanza has none,
//   - an element without xmlns inherits that of its parent; the root's is jabber:client.
func Match(pattern string, p *xmlstream.Packet, vars map[string]string) error {
	want, err := parseTree(pattern)
	if err != nil {
		return fmt.Errorf("pattern: %w", err)
	}
	got, err := parseTree(string(p.Render(nil, "", "", nil, xmlstream.Standalone)))
	if err != nil {
		return err
	}
	if _, named := want.attr["type"]; !named && got.attr["type"] != "" && got.name.Space == "jabber:client" {
		return fmt.Errorf("type is %q", got.attr["type"])
	}
	tried := maps.Clone(vars)
	if err := want.match(got, tried); err != nil {
		return err
	}
	maps.Copy(vars, tried)
	return nil
}

type tree struct {
	name     xml.Name
	attr     map[string]string
	text     string
	children []*tree
}

func parseTree(s string) (*tree, error) {
	d := xml.NewDecoder(strings.NewReader(s))
	d.DefaultSpace = "jabber:client"
	var stack []*tree
	var root *tree
	for {
		tok, err := d.Token()
		if errors.Is(err, io.EOF) && root != nil && len(stack) == 0 {
			return root, nil
		}
		if err != nil {
			return nil, err
		}
		switch t := tok.(type) {
		case xml.StartElement:
			n := &tree{name: t.Name, attr: map[string]string{}}
			for _, a := range t.Attr {
				if a.Name.Local == "xmlns" || a.Name.Space == "xmlns" {
					continue
				}
				n.attr[strings.TrimPrefix(a.Name.Space+" "+a.Name.Local, " ")] = a.Value
			}
			if len(stack) == 0 {
				root = n
			} else {
				up := stack[len(stack)-1]
				up.children = append(up.children, n)
			}
			stack = append(stack, n)
		case xml.EndElement:
			stack = stack[:len(stack)-1]
		case xml.CharData:
			if len(stack) == 0 {
				continue
			}
			n := stack[len(stack)-1]
			n.text += string(t)
		}
	}
}

func (w *tree) match(g *tree, vars map[string]string) error {
	if w.name != g.name {
		return fmt.Errorf("<%s xmlns='%s'> instead of <%s xmlns='%s'>", g.name.Local, g.name.Space, w.name.Local, w.name.Space)
	}
	for k, v := range w.attr {
		have, ok := g.attr[k]
		if !ok {
			return fmt.Errorf("<%s> has no %s", w.name.Local, k)
		}
		if err := matchValue(v, have, vars); err != nil {
			return fmt.Errorf("%s of <%s>: %w", k, w.name.Local, err)
		}
	}
	text := strings.TrimSpace(w.text)
	rest := strings.Contains(text, "…")
	if !rest {
		if err := matchValue(text, strings.TrimSpace(g.text), vars); err != nil {
			return fmt.Errorf("text of <%s>: %w", w.name.Local, err)
		}
	}
	return w.matchChildren(g, rest, vars)
}

// matchChildren wants the pattern's children in their order; with rest, others may stand between them.
func (w *tree) matchChildren(g *tree, rest bool, vars map[string]string) error {
	i := 0
	for _, c := range w.children {
		var last error
		for {
			if i == len(g.children) {
				if last != nil {
					return last
				}
				return fmt.Errorf("<%s> has no <%s xmlns='%s'>", w.name.Local, c.name.Local, c.name.Space)
			}
			tried := maps.Clone(vars)
			err := c.match(g.children[i], tried)
			i++
			if err == nil {
				maps.Copy(vars, tried)
				break
			}
			if last = err; !rest {
				return err
			}
		}
	}
	if !rest && i < len(g.children) {
		return fmt.Errorf("<%s> also has <%s xmlns='%s'>", w.name.Local, g.children[i].name.Local, g.children[i].name.Space)
	}
	return nil
}

func matchValue(want, have string, vars map[string]string) error {
	switch {
	case want == "…":
		return nil
	case strings.HasPrefix(want, "$") && len(want) > 1:
		if v, ok := vars[want[1:]]; ok {
			want = v
			break
		}
		vars[want[1:]] = have
		return nil
	}
	if want != have {
		return fmt.Errorf("%q instead of %q", have, want)
	}
	return nil
}
