package pubsub

import (
	"strings"
	"testing"

	"plenum/xmppd"
	"plenum/xmppd/dataform"
)

func describe(e *xmppd.StanzaError) string {
	if e == nil {
		return ""
	}
	if e.App == nil {
		return e.Condition
	}
	app, _, _ := strings.Cut(strings.TrimPrefix(string(e.App), "<"), " ")
	return e.Condition + " " + app
}

func TestAccess(t *testing.T) {
	friend := Relation{Presence: true, Groups: []string{"Friends"}}
	servant := Relation{Presence: true, Groups: []string{"Servants"}}
	stranger := Relation{}
	listed := Relation{Groups: []string{"Friends"}} // in the group, but does not see presence
	as := func(a Affiliation) Relation { return Relation{Affiliation: a} }
	cases := []struct {
		name      string
		access    string
		who       Relation
		read, sub string
		approval  bool
	}{
		{"an open node is everybody's", AccessOpen, stranger, "", "", false},
		{"a contact sees a presence node", AccessPresence, friend, "", "", false},
		{"a stranger does not see a presence node", AccessPresence, stranger, "not-authorized presence-subscription-required", "not-authorized presence-subscription-required", false},
		{"the group sees a roster node", AccessRoster, friend, "", "", false},
		{"another group does not see a roster node", AccessRoster, servant, "not-authorized not-in-roster-group", "not-authorized not-in-roster-group", false},
		{"the group without presence does not see a roster node", AccessRoster, listed, "not-authorized not-in-roster-group", "not-authorized not-in-roster-group", false},
		{"a contact is not on the whitelist", AccessWhitelist, friend, "not-allowed closed-node", "not-allowed closed-node", false},
		{"a member is on the whitelist", AccessWhitelist, as(Member), "", "", false},
		{"a publisher is on the whitelist", AccessWhitelist, as(Publisher), "", "", false},
		{"the owner is on the whitelist", AccessWhitelist, as(Owner), "", "", false},
		{"an entity that only publishes does not read", AccessOpen, as(PublishOnly), "forbidden", "forbidden", false},
		{"an outcast does not even read an open node", AccessOpen, as(Outcast), "forbidden", "forbidden", false},
		{"a stranger may ask to be authorized, and reads nothing until then", AccessAuthorize, stranger, "not-authorized not-subscribed", "", true},
		{"an approved subscriber reads", AccessAuthorize, Relation{Subscribed: true}, "", "", true},
		{"a member needs no approval", AccessAuthorize, as(Member), "", "", false},
		{"a guest reads an open node, and does not subscribe", AccessOpen, Relation{Guest: true}, "", "forbidden", false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			config := DefaultConfig("")
			config.Access, config.Groups = c.access, []string{"Friends"}
			if got := describe(config.MayRead(c.who)); got != c.read {
				t.Errorf("read: %q, want %q", got, c.read)
			}
			if got := describe(config.MaySubscribe(c.who)); got != c.sub {
				t.Errorf("subscribe: %q, want %q", got, c.sub)
			}
			if got := config.NeedsApproval(c.who); got != c.approval {
				t.Errorf("approval: %v", got)
			}
		})
	}
}

func TestMayPublish(t *testing.T) {
	cases := []struct {
		name            string
		model           string
		who             Relation
		publish, remove bool // remove: what another has published
	}{
		{"the owner publishes", PublishPublishers, Relation{Affiliation: Owner}, true, true},
		{"a publisher publishes", PublishPublishers, Relation{Affiliation: Publisher}, true, true},
		{"who only publishes removes nothing of others", PublishPublishers, Relation{Affiliation: PublishOnly}, true, false},
		{"a member does not publish", PublishPublishers, Relation{Affiliation: Member}, false, false},
		{"a contact does not publish", PublishPublishers, Relation{Presence: true}, false, false},
		{"a subscriber publishes where subscribers do", PublishSubscribers, Relation{Presence: true, Subscribed: true}, true, false},
		{"a contact without subscription does not", PublishSubscribers, Relation{Presence: true}, false, false},
		{"a subscriber who lost access does not", PublishSubscribers, Relation{Subscribed: true}, false, false},
		{"a contact publishes where everybody does", PublishOpen, Relation{Presence: true}, true, false},
		{"who has no access does not", PublishOpen, Relation{}, false, false},
		{"an outcast does not", PublishOpen, Relation{Affiliation: Outcast, Presence: true}, false, false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			config := DefaultConfig("")
			config.PublishModel = c.model
			if got := config.MayPublish(c.who); got != c.publish {
				t.Errorf("publish: %v", got)
			}
			if got := config.MayRemove(c.who, false); got != c.remove {
				t.Errorf("remove another's: %v", got)
			}
			if got := config.MayRemove(c.who, true); got != c.publish {
				t.Errorf("remove the own: %v", got)
			}
		})
	}
}

var someLimits = limits{items: 100, payload: 1000}

func submit(pairs ...string) *dataform.Form {
	f := dataform.New("submit", formOptions)
	for i := 0; i+1 < len(pairs); i += 2 {
		f.Add(dataform.Field{Var: pairs[i], Values: strings.Split(pairs[i+1], "|")})
	}
	return f
}

func TestPreconditions(t *testing.T) {
	node := DefaultConfig("")
	node.Access, node.Groups, node.MaxItems = AccessRoster, []string{"a", "b"}, 0
	cases := []struct {
		name string
		form *dataform.Form
		want string
	}{
		{"no options are met", submit(), ""},
		{"equal values are met", submit("pubsub#access_model", "roster", "pubsub#persist_items", "true"), ""},
		{"booleans are the same in either form", submit("pubsub#persist_items", "1", "pubsub#notify_config", "false"), ""},
		{"max is max", submit("pubsub#max_items", "max"), ""},
		{"a number at the limit is max", submit("pubsub#max_items", "100"), ""},
		{"a number above the limit is max", submit("pubsub#max_items", "4294967295"), ""},
		{"a smaller number is not", submit("pubsub#max_items", "99"), "conflict precondition-not-met"},
		{"another access model is not met", submit("pubsub#access_model", "open"), "conflict precondition-not-met"},
		{"an unknown access model is not met", submit("pubsub#access_model", "secret"), "conflict precondition-not-met"},
		{"the same groups are met", submit("pubsub#roster_groups_allowed", "a|b"), ""},
		{"other groups are not met", submit("pubsub#roster_groups_allowed", "a"), "conflict precondition-not-met"},
		{"an unknown option is not met", submit("pubsub#colour", "red"), "conflict precondition-not-met"},
		{"one of several is enough to fail", submit("pubsub#access_model", "roster", "pubsub#send_last_published_item", "never"), "conflict precondition-not-met"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got := describe(node.meets(c.form, someLimits)); got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

func TestConfigured(t *testing.T) {
	cases := []struct {
		name string
		form *dataform.Form
		want string
		see  func(*NodeConfig) bool
	}{
		{"fields that are not named stay", submit("pubsub#title", "Tunes"), "", func(c *NodeConfig) bool { return c.Title == "Tunes" && c.Access == AccessPresence }},
		{"fields that are not known are passed over", submit("pubsub#body_xslt", "http://x"), "", func(*NodeConfig) bool { return true }},
		{"an access model is set", submit("pubsub#access_model", "whitelist"), "", func(c *NodeConfig) bool { return c.Access == AccessWhitelist }},
		{"an access model that does not exist", submit("pubsub#access_model", "x"), "not-acceptable unsupported-access-model", nil},
		{"a boolean that is none", submit("pubsub#persist_items", "maybe"), "not-acceptable", nil},
		{"items below one", submit("pubsub#max_items", "0"), "not-acceptable", nil},
		{"items that are no number", submit("pubsub#max_items", "many"), "not-acceptable", nil},
		{"items expire", submit("pubsub#item_expire", "60"), "", func(c *NodeConfig) bool { return c.Expire == 60 }},
		{"max is never", submit("pubsub#item_expire", "max"), "", func(c *NodeConfig) bool { return c.Expire == 0 }},
		{"a collection", submit("pubsub#node_type", "collection"), "feature-not-implemented unsupported", nil},
		{"an empty group is none", submit("pubsub#roster_groups_allowed", "|x|x"), "", func(c *NodeConfig) bool { return len(c.Groups) == 1 && c.Groups[0] == "x" }},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got, err := DefaultConfig("").configured(c.form, someLimits)
			if describe(err) != c.want {
				t.Fatalf("%q, want %q", describe(err), c.want)
			}
			if c.see != nil && !c.see(got) {
				t.Errorf("%+v", got)
			}
		})
	}
}

func TestConfigSurvivesItsOwnForm(t *testing.T) {
	c := DefaultConfig(NSBookmarks)
	c.Title, c.Language, c.Groups, c.Expire = "T", "de", []string{"a", "b"}, 5
	form := c.form("form")
	form.Type = "submit"
	d, err := DefaultConfig("").configured(form, someLimits)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.meets(form, someLimits); err != nil {
		t.Errorf("%v: %s", err, err.Text)
	}
	one, _ := c.encode()
	two, _ := d.encode()
	if one != two {
		t.Errorf("%s\n%s", one, two)
	}
}
