package pubsub

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"plenum/xmppd"
	"plenum/xmppd/dataform"
)

// Form types (XEP-0060#registrar-formtypes).
const (
	formConfig    = NS + "#node_config"
	formOptions   = NS + "#publish-options"
	formMeta      = NS + "#meta-data"
	formAuthorize = NS + "#subscribe_authorization"
)

// Limits of what a configuration may hold.
const (
	maxTextBytes = 1000 // of a title and the like
	maxGroups    = 200
	maxExpire    = 100 * 365 * 24 * 3600 // seconds
)

// field is one field of the configuration form.
type field struct {
	name    string // behind "pubsub#"
	typ     string
	label   string
	options []string
	get     func(*NodeConfig) []string
	set     func(c *NodeConfig, values []string, max limits) *xmppd.StanzaError
}

// limits are what the service allows.
type limits struct{ items, payload int }

func badField(name string) *xmppd.StanzaError {
	return xmppd.Errorf("not-acceptable", "pubsub#%s cannot have this value", name)
}

func textField(name, label string, at func(*NodeConfig) *string) field {
	return field{
		name: name, typ: dataform.TextSingle, label: label,
		get: func(c *NodeConfig) []string { return []string{*at(c)} },
		set: func(c *NodeConfig, v []string, _ limits) *xmppd.StanzaError {
			text := first(v)
			if len(text) > maxTextBytes || !utf8.ValidString(text) {
				return badField(name)
			}
			*at(c) = strings.Clone(text) // outlives the stanza
			return nil
		},
	}
}

func boolField(name, label string, at func(*NodeConfig) *bool) field {
	return field{
		name: name, typ: dataform.Boolean, label: label,
		get: func(c *NodeConfig) []string { return []string{dataform.BoolValue(*at(c))} },
		set: func(c *NodeConfig, v []string, _ limits) *xmppd.StanzaError {
			b, ok := parseBool(first(v))
			if !ok {
				return badField(name)
			}
			*at(c) = b
			return nil
		},
	}
}

func choiceField(name, label string, at func(*NodeConfig) *string, options ...string) field {
	return field{
		name: name, typ: dataform.ListSingle, label: label, options: options,
		get: func(c *NodeConfig) []string { return []string{*at(c)} },
		set: func(c *NodeConfig, v []string, _ limits) *xmppd.StanzaError {
			i := slices.Index(options, first(v))
			if i < 0 {
				return badField(name)
			}
			*at(c) = options[i]
			return nil
		},
	}
}

// numberField is a number, or max for as many as most(limits) allows, which is kept as 0. More than that counts as max.
func numberField(name, label string, at func(*NodeConfig) *int, least int, most func(limits) int) field {
	return field{
		name: name, typ: dataform.TextSingle, label: label,
		get: func(c *NodeConfig) []string {
			if n := *at(c); n > 0 {
				return []string{strconv.Itoa(n)}
			}
			return []string{"max"}
		},
		set: func(c *NodeConfig, v []string, l limits) *xmppd.StanzaError {
			if first(v) == "max" {
				*at(c) = 0
				return nil
			}
			n, err := strconv.Atoi(first(v))
			if err != nil || n < least {
				return badField(name)
			}
			if n >= most(l) {
				n = 0
			}
			*at(c) = n
			return nil
		},
	}
}

func first(values []string) string {
	if len(values) == 0 {
		return ""
	}
	return values[0]
}

func parseBool(s string) (value, ok bool) {
	switch s {
	case "1", "true":
		return true, true
	case "0", "false":
		return false, true
	}
	return false, false
}

// fields are what can be configured, in the order of the form.
var fields = []field{
	textField("title", "Name of the node", func(c *NodeConfig) *string { return &c.Title }),
	textField("description", "Description of the node", func(c *NodeConfig) *string { return &c.Description }),
	textField("type", "What the payloads are, usually their namespace", func(c *NodeConfig) *string { return &c.Type }),
	languageField(),
	accessField(),
	groupsField(),
	choiceField("publish_model", "Who may publish", func(c *NodeConfig) *string { return &c.PublishModel },
		PublishPublishers, PublishSubscribers, PublishOpen),
	boolField("persist_items", "Keep items", func(c *NodeConfig) *bool { return &c.Persist }),
	numberField("max_items", "How many items are kept; max for as many as the server allows", func(c *NodeConfig) *int { return &c.MaxItems },
		1, func(l limits) int { return l.items }),
	expireField(),
	numberField("max_payload_size", "Largest payload in bytes", func(c *NodeConfig) *int { return &c.MaxPayload },
		1, func(l limits) int { return l.payload }),
	choiceField("publish_node_full", "What happens when there are too many items", func(c *NodeConfig) *string { return &c.Full },
		FullRetract, FullDiscard, FullReject),
	choiceField("itemreply", "Whom items name to reply to", func(c *NodeConfig) *string { return &c.ItemReply }, "none", "publisher", "owner"),
	boolField("deliver_notifications", "Notify of events", func(c *NodeConfig) *bool { return &c.Notify }),
	boolField("deliver_payloads", "Notifications hold the payload", func(c *NodeConfig) *bool { return &c.Payloads }),
	boolField("notify_config", "Notify when the configuration changes", func(c *NodeConfig) *bool { return &c.NotifyConfig }),
	boolField("notify_delete", "Notify when the node is deleted", func(c *NodeConfig) *bool { return &c.NotifyDelete }),
	boolField("notify_retract", "Notify when items are removed", func(c *NodeConfig) *bool { return &c.NotifyRetract }),
	boolField("notify_sub", "Tell the owner about new and lost subscribers", func(c *NodeConfig) *bool { return &c.NotifySub }),
	choiceField("send_last_published_item", "When the last item is sent", func(c *NodeConfig) *string { return &c.SendLast },
		SendNever, SendOnSubscribe, SendOnSubPresence),
	choiceField("notification_type", "Type of the messages that notify", func(c *NodeConfig) *string { return &c.MessageType }, "normal", "headline"),
	boolField("subscribe", "Take subscriptions", func(c *NodeConfig) *bool { return &c.Subscribe }),
	nodeTypeField(),
}

// languageField is a list of one, the language that is set: any tag is taken.
func languageField() field {
	f := textField("language", "Language of the node", func(c *NodeConfig) *string { return &c.Language })
	f.typ = dataform.ListSingle
	return f
}

func accessField() field {
	f := choiceField("access_model", "Who may subscribe and retrieve items", func(c *NodeConfig) *string { return &c.Access },
		AccessAuthorize, AccessOpen, AccessPresence, AccessRoster, AccessWhitelist)
	set := f.set
	f.set = func(c *NodeConfig, v []string, l limits) *xmppd.StanzaError {
		if set(c, v, l) != nil {
			return fail("not-acceptable", "unsupported-access-model", "") // XEP-0060#owner-create-default
		}
		return nil
	}
	return f
}

func groupsField() field {
	return field{
		name: "roster_groups_allowed", typ: dataform.ListMulti, label: "Roster groups that may subscribe and retrieve items",
		get: func(c *NodeConfig) []string { return c.Groups },
		set: func(c *NodeConfig, v []string, _ limits) *xmppd.StanzaError {
			var groups []string
			for _, g := range v {
				if g != "" && !slices.Contains(groups, g) {
					groups = append(groups, strings.Clone(g))
				}
			}
			if len(groups) > maxGroups {
				return badField("roster_groups_allowed")
			}
			c.Groups = groups
			return nil
		},
	}
}

// expireField takes 0 and max alike for items that stay.
func expireField() field {
	f := numberField("item_expire", "Seconds after which an item is removed; max for never", func(c *NodeConfig) *int { return &c.Expire },
		0, func(limits) int { return maxExpire })
	return f
}

func nodeTypeField() field {
	return field{
		name: "node_type", typ: dataform.ListSingle, label: "Type of the node", options: []string{"leaf"},
		get: func(*NodeConfig) []string { return []string{"leaf"} },
		set: func(_ *NodeConfig, v []string, _ limits) *xmppd.StanzaError {
			if first(v) != "leaf" {
				return unsupported("collections")
			}
			return nil
		},
	}
}

var fieldByVar = func() map[string]*field {
	m := map[string]*field{}
	for i := range fields {
		m["pubsub#"+fields[i].name] = &fields[i]
	}
	return m
}()

// form is the configuration as a data form; type form has labels and options.
func (c *NodeConfig) form(typ string) *dataform.Form {
	f := dataform.New(typ, formConfig)
	for i := range fields {
		x := &fields[i]
		out := dataform.Field{Var: "pubsub#" + x.name, Type: x.typ, Values: x.get(c)}
		if typ == "form" {
			out.Label = x.label
			for _, o := range x.options {
				out.Options = append(out.Options, dataform.Option{Value: o})
			}
			if x.name == "language" && c.Language != "" {
				out.Options = []dataform.Option{{Value: c.Language}}
			}
			if x.name == "roster_groups_allowed" {
				for _, g := range c.Groups {
					out.Options = append(out.Options, dataform.Option{Value: g})
				}
			}
		}
		if len(out.Values) == 1 && out.Values[0] == "" {
			out.Values = nil
		}
		f.Add(out)
	}
	return f
}

// configured applies a submitted form. Fields that are not known here are left out: clients send back what other servers asked for.
func (c *NodeConfig) configured(f *dataform.Form, l limits) (*NodeConfig, *xmppd.StanzaError) {
	d := c.clone()
	for _, x := range f.Fields {
		if def := fieldByVar[x.Var]; def != nil {
			if err := def.set(d, x.Values, l); err != nil {
				return nil, err
			}
		}
	}
	return d, nil
}

// precondition makes the error for options that a node does not meet (XEP-0060#publisher-publish-options).
func precondition(name string) *xmppd.StanzaError {
	return fail("conflict", "precondition-not-met", "%s", name)
}

// withOptions is the configuration of a new node that is published to with options.
func (c *NodeConfig) withOptions(f *dataform.Form, l limits) (*NodeConfig, *xmppd.StanzaError) {
	for _, x := range f.Fields {
		if x.Var != "FORM_TYPE" && fieldByVar[x.Var] == nil {
			return nil, precondition(x.Var)
		}
	}
	return c.configured(f, l)
}

// meets checks the options of a request against the node as it is.
func (c *NodeConfig) meets(f *dataform.Form, l limits) *xmppd.StanzaError {
	for _, x := range f.Fields {
		if x.Var == "FORM_TYPE" {
			continue
		}
		def := fieldByVar[x.Var]
		if def == nil {
			return precondition(x.Var)
		}
		wanted := c.clone()
		if def.set(wanted, x.Values, l) != nil || !slices.Equal(def.get(wanted), def.get(c)) {
			return precondition(x.Var)
		}
	}
	return nil
}
