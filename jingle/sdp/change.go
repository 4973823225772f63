package sdp

import (
	"slices"

	"plenum/components/media"
	"plenum/jingle/wire"
)

// grouped returns the transport whose group has one of these names, or nil.
func (d *Description) grouped(names []string) *Transport {
	for i := range d.Transports {
		t := &d.Transports[i]
		if t.Group != nil && slices.ContainsFunc(t.Contents, func(c Content) bool { return slices.Contains(names, c.Name) }) {
			return t
		}
	}
	return nil
}

// numbers are the payload types and header extensions in use on a transport, which may be nil.
func (t *Transport) numbers() *numbers {
	n := newNumbers()
	if t == nil {
		return n
	}
	for i := range t.Contents {
		c := &t.Contents[i]
		for _, codec := range c.Codecs {
			n.take(codec.ID, codec.Codec)
			if codec.RTX != 0 {
				p := rtxOf(codec)
				n.take(codec.RTX, codecOf(&p))
			}
		}
		for _, e := range c.Events {
			n.take(e.ID, media.Codec{Name: nameEvents, Clock: e.Clock, Format: e.format})
		}
		for _, x := range c.Extensions {
			n.takeExtension(x.ID, x.URI)
		}
	}
	return n
}

// Merge takes in the contents of a content-add that was accepted. Those whose group names a content of the session go onto its transport.
func (d *Description) Merge(more *Description) {
	for _, t := range more.Transports {
		if on := d.grouped(t.Group); on != nil {
			on.Contents, on.Group = append(on.Contents, t.Contents...), t.Group
			continue
		}
		d.Transports = append(d.Transports, t)
	}
}

// Remove takes a content out after a content-remove, and its transport with it when it was the last one there. It reports whether there
// was such a content.
func (d *Description) Remove(k wire.Key) bool {
	t, c := d.Content(k)
	if c == nil {
		return false
	}
	t.Contents = slices.DeleteFunc(t.Contents, func(c Content) bool { return c.Key == k })
	if t.Group != nil {
		t.Group = slices.DeleteFunc(slices.Clone(t.Group), func(name string) bool { return name == k.Name })
	}
	d.Transports = slices.DeleteFunc(d.Transports, func(t Transport) bool { return len(t.Contents) == 0 })
	return true
}

// Inform takes over what a description-info says of the peer's streams (XEP-0167#parameters). One that names none changes nothing.
func (c *Content) Inform(d *wire.Description) {
	if named := sources(d); len(named) > 0 {
		c.Sources = named
	}
}
