package pubsub

import (
	"strconv"

	"plenum/xmppd"
	"plenum/xmppd/dataform"
	"plenum/xmppd/jid"
	"plenum/xmppd/rsm"
	"plenum/xmppd/xmlstream"
)

// Limits of what one request may hold.
const (
	maxIDBytes  = 1023 // of a NodeID or an ItemID
	maxNamed    = 1000 // items, subscriptions or affiliations that one request names
	maxURIBytes = 2000
)

// request is what <pubsub/> asks for.
type request struct {
	verb    string // the child that says what to do
	owner   bool   // in the namespace of owners
	set     bool
	node    string // "" for none
	items   []requestItem
	many    int // max_items of a request for items; -1 for none
	rsm     rsm.Request
	rsmSet  bool // there was a <set/>
	notify  bool
	jid     string
	subid   string
	options *dataform.Form // publish-options
	config  *dataform.Form // of configure; nil when there is none
	hasForm bool           // configure held a form, whatever its type
	uri     string         // of <redirect/>
	changes []change
}

// requestItem is an <item/>.
type requestItem struct {
	id       string
	payload  []byte // standing alone; nil for none
	elements int
}

// change is a new affiliation or subscription of an entity.
type change struct {
	who   jid.JID
	value string // "" when the attribute is missing: leave it alone
}

var (
	getVerbs      = []string{"items", "subscriptions", "affiliations", "default", "options"}
	setVerbs      = []string{"publish", "retract", "create", "subscribe", "unsubscribe", "options"}
	ownerGetVerbs = []string{"configure", "default", "affiliations", "subscriptions"}
	ownerSetVerbs = []string{"configure", "delete", "purge", "affiliations", "subscriptions"}
)

// parseRequest reads <pubsub/>. Errors are stanza errors.
func parseRequest(e xmlstream.Element, set bool) (*request, error) {
	r := &request{owner: e.Space() == NSOwner, set: set, many: -1}
	verbs := getVerbs
	switch {
	case r.owner && set:
		verbs = ownerSetVerbs
	case r.owner:
		verbs = ownerGetVerbs
	case set:
		verbs = setVerbs
	}
	v, ok := findVerb(e, verbs)
	if !ok {
		return nil, xmppd.Errorf("bad-request", "this is not a known request")
	}
	r.verb = v.Local()
	r.node, _ = v.Attr("node")
	r.jid, _ = v.Attr("jid")
	r.subid, _ = v.Attr("subid")
	if len(r.node) > maxIDBytes {
		return nil, xmppd.Errorf("not-acceptable", "a NodeID has at most %d bytes", maxIDBytes)
	}
	return r, r.parseVerb(e, v)
}

// findVerb looks for the first verb of the list, since companions such as <options/> may stand before it.
func findVerb(e xmlstream.Element, verbs []string) (xmlstream.Element, bool) {
	for _, name := range verbs {
		if v, ok := e.Child(e.Space(), name); ok {
			return v, true
		}
	}
	return xmlstream.Element{}, false
}

func (r *request) parseVerb(e, v xmlstream.Element) error {
	switch r.verb {
	case "publish":
		if err := r.parseItems(v); err != nil {
			return err
		}
		return r.parseOptions(e)
	case "retract":
		n, _ := v.Attr("notify")
		r.notify, _ = parseBool(n)
		return r.parseItems(v)
	case "items":
		return r.parseQuery(e, v)
	case "create":
		if c, ok := e.Child(NS, "configure"); ok {
			return r.parseConfig(c)
		}
	case "configure":
		if r.set {
			return r.parseConfig(v)
		}
	case "subscribe":
		if _, ok := e.Child(NS, "options"); ok {
			return unsupported("subscription-options")
		}
	case "delete":
		if d, ok := v.Child(NSOwner, "redirect"); ok {
			r.uri, _ = d.Attr("uri")
			if len(r.uri) > maxURIBytes {
				return xmppd.Errorf("not-acceptable", "the URI is too long")
			}
		}
	case "affiliations":
		return r.parseChanges(v, "affiliation")
	case "subscriptions":
		return r.parseChanges(v, "subscription")
	}
	return nil
}

func (r *request) parseItems(v xmlstream.Element) error {
	for c := range v.Children() {
		if c.Space() != v.Space() || c.Local() != "item" {
			continue
		}
		if len(r.items) == maxNamed {
			return xmppd.Errorf("resource-constraint", "a request names at most %d items", maxNamed)
		}
		var it requestItem
		it.id, _ = c.Attr("id")
		if len(it.id) > maxIDBytes {
			return xmppd.Errorf("not-acceptable", "an ItemID has at most %d bytes", maxIDBytes)
		}
		for p := range c.Children() {
			if it.elements++; it.elements == 1 {
				it.payload = p.Standalone()
			}
		}
		r.items = append(r.items, it)
	}
	return nil
}

func (r *request) parseQuery(e, v xmlstream.Element) (err error) {
	if n, ok := v.Attr("max_items"); ok {
		if r.many, err = strconv.Atoi(n); err != nil || r.many < 1 {
			return xmppd.Errorf("bad-request", "max_items is a number above 0")
		}
	}
	if _, r.rsmSet = e.Child(rsm.NS, "set"); r.rsmSet {
		if r.rsm, err = rsm.Parse(e); err != nil {
			return err
		}
	}
	return r.parseItems(v)
}

func (r *request) parseOptions(e xmlstream.Element) error {
	o, ok := e.Child(NS, "publish-options")
	if !ok {
		return nil
	}
	f, err := dataform.Find(o, formOptions)
	if err != nil {
		return err
	}
	if f == nil {
		return fail("bad-request", "invalid-options", "publish-options hold a form") // XEP-0060#publisher-publish-options
	}
	if f.Type == "submit" {
		r.options = f
	}
	return nil
}

// parseConfig reads the form of <configure/>. A form of type cancel leaves r.config nil.
func (r *request) parseConfig(c xmlstream.Element) error {
	f, err := dataform.Find(c, formConfig)
	if err != nil {
		return err
	}
	if r.hasForm = f != nil; r.hasForm && f.Type == "submit" {
		r.config = f
	}
	return nil
}

func (r *request) parseChanges(v xmlstream.Element, name string) error {
	seen := map[jid.JID]bool{}
	for c := range v.Children() {
		if c.Space() != v.Space() || c.Local() != name {
			continue
		}
		s, _ := c.Attr("jid")
		who, err := jid.Parse(s)
		if err != nil {
			return fail("bad-request", "invalid-jid", "%q is not an address", s)
		}
		if seen[who] {
			return xmppd.Errorf("bad-request", "%s is named twice", who) // XEP-0060#owner-affiliations-multi
		}
		if len(seen) == maxNamed {
			return xmppd.Errorf("resource-constraint", "a request names at most %d entities", maxNamed)
		}
		seen[who] = true
		value, _ := c.Attr(name)
		r.changes = append(r.changes, change{who, value})
	}
	return nil
}
