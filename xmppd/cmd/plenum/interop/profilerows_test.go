//go:build interop

package interop

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// TestProfileRows: what single rows ask of profiles and of the permissions that they are for, with one server and Cleo's XMPP client.
//
func TestProfileRows(t *testing.T) {
	counted(t)
	needsSlixmpp(t)
	o := newProfileOffice(t)
	ben, cleo := o.appOf(o.ben), o.appOf(o.cleo)
	o.api.post("/permissions", map[string]any{
		"name": "Colleagues", "description": "", "types": []string{"xmpp.group"}, "auto": map[string]bool{"users": true, "devices": false, "teams": false, "locations": false},
	}, nil)
	watching := slixmpp(t, o.as(o.cleo, viaSTARTTLS, "")).(*program)
	watching.events.await(t, "the login", outcome)
	his := slixmpp(t, o.as(o.ben, viaSTARTTLS, "")).(*program)
	his.events.await(t, "the login", outcome)
	choose := func(c *console, profile string) {
		t.Helper()
		c.put("/app/profile", map[string]string{"profile": profile}, nil)
	}
	// action has Ben come into a profile with one action, and says what he has come to.
	action := func(what, want string, action map[string]any) {
		t.Helper()
		profile := o.profile(what, map[string]any{"enter": []any{action}})
		choose(ben, profile)
		if got := o.state(); !strings.Contains(got, want) {
			t.Errorf("%s: %s\nwant %s", what, got, want)
		}
	}
	kinds := map[string]string{"user": o.ben.JID, "device": o.benDevice, "team": o.sales, "location": o.desk}
	has := func(permission, kind, id string) bool {
		t.Helper()
		var page struct{ Items []struct{ ID string } }
		o.api.get(fmt.Sprintf("/permissions/%s/members?limit=500&kind=%s", permission, kind), &page)
		for _, m := range page.Items {
			if m.ID == id {
				return true
			}
		}
		return false
	}
	for _, row := range []struct {
		ids, what string
		play      func(t *testing.T)
	}{
		{"A-134", "all kinds are in several permissions, and have what those say", func(t *testing.T) {
			for kind, id := range kinds {
				for _, permission := range []string{o.offeredToBen, o.offeredToCleo} {
					o.api.post("/permissions/"+permission+"/members", map[string]any{"kind": kind, "add": []string{id}, "remove": []string{}}, nil)
					if !has(permission, kind, id) {
						t.Errorf("a %s is not in the permission", kind)
					}
					if kind == "user" && permission == o.offeredToCleo {
						o.api.post("/permissions/"+permission+"/members", map[string]any{"kind": kind, "add": []string{}, "remove": []string{id}}, nil)
					}
				}
			}
			// Who is in a permission with the location sits there, and nobody else.
			if status, why := cleo.ask(http.MethodPut, "/app/location", map[string]string{"location": o.desk}); status != http.StatusForbidden {
				t.Errorf("Cleo at Ben's desk: %d %s", status, why)
			}
			ben.put("/app/location", map[string]string{"location": o.desk}, nil)
			ben.put("/app/location", map[string]string{"location": ""}, nil)
		}},
		{"A-135", "all objects have the built-in permission from the beginning, which stays", func(t *testing.T) {
			for kind, id := range kinds {
				if !has("all", kind, id) {
					t.Errorf("a %s does not have it", kind)
				}
			}
			if status, why := o.api.ask(http.MethodDelete, "/permissions/all", nil); status != http.StatusConflict || !strings.Contains(string(why), "cannot be deleted") {
				t.Errorf("it is deleted: %d %s", status, why)
			}
		}},
		{"A-154", "one is defined for all", func(t *testing.T) {
			lunch := o.profile("Lunch", map[string]any{"permissions": []string{"all"}, "show": "away"})
			for _, c := range []*console{ben, cleo} {
				choose(c, lunch)
				choose(c, "available")
			}
			hers := o.profile("Hers", map[string]any{"permissions": []string{o.offeredToCleo}})
			if status, why := ben.ask(http.MethodPut, "/app/profile", map[string]string{"profile": hers}); status/100 != 4 {
				t.Errorf("Ben comes into one that is not for him: %d %s", status, why)
			}
		}},
		{"A-160, A-161, A-162", "a colleague's client has colour and icon, where they are to be seen", func(t *testing.T) {
			in := map[string]any{"colour": "#a83279", "icon": "coffee", "showIcon": true}
			cup := o.profile("Cup", in)
			choose(ben, cup)
			ofBen := func(what, text string) {
				t.Helper()
				watching.events.await(t, what, func(e event) bool {
					return e.Is == "presence" && strings.HasPrefix(e.From, o.ben.JID+"/") && !strings.HasSuffix(e.From, "/phone") && e.Text == text
				})
			}
			ofBen("Ben's profile", "Cup coffee #a83279")
			bare := o.profile("Bare", with(in, "showIcon", false, "show", "xa"))
			choose(ben, bare)
			watching.events.await(t, "Ben's profile without icon", func(e event) bool {
				return e.Is == "presence" && strings.HasPrefix(e.From, o.ben.JID+"/") && e.Show == "xa" && e.Text == ""
			})
		}},
		{"A-174", "logs in", func(t *testing.T) { action("In", "sales [{true }]", act("team.login", "team", o.sales)) }},
		{"A-176", "pauses", func(t *testing.T) {
			action("Pause", "sales [{true 1}]", act("team.pause", "team", o.sales, "reason", "1"))
		}},
		{"A-177", "goes on", func(t *testing.T) { action("On", "sales [{true }]", act("team.unpause", "team", o.sales)) }},
		{"A-175", "logs out", func(t *testing.T) { action("Out", "sales [{false }]", act("team.logout", "team", o.sales)) }},
		{"A-178", "sits down", func(t *testing.T) { action("Sit", "at the desk true", act("location.set", "location", o.desk)) }},
		{"A-179", "gets up", func(t *testing.T) { action("Rise", "at the desk false", act("location.unset")) }},
		{"A-180", "forwards", func(t *testing.T) { action("Away", "forwards [{102}]", act("forward.set", "target", "102")) }},
		{"A-181", "forwards no more", func(t *testing.T) { action("Back", "forwards []", act("forward.unset")) }},
		{"A-185", "who is in one that is deleted leaves it with its actions", func(t *testing.T) {
			short := o.profile("Short", map[string]any{"leave": []any{act("forward.set", "target", "102")}})
			choose(ben, short)
			o.api.do(http.MethodDelete, "/profiles/"+short, nil, nil)
			if now := o.of(o.ben); now.Profile != "available" || !strings.Contains(o.state(), "forwards [{102}]") {
				t.Errorf("Ben is in %+v: %s", now, o.state())
			}
			var list struct{ Total int }
			if o.api.get("/profiles?"+url.Values{"q": {"Short"}}.Encode(), &list); list.Total != 0 {
				t.Error("it is in the list still")
			}
			for _, builtIn := range []string{"available", "dnd"} {
				if status, why := o.api.ask(http.MethodDelete, "/profiles/"+builtIn, nil); status != http.StatusConflict {
					t.Errorf("%s is deleted: %d %s", builtIn, status, why)
				}
			}
		}},
		{"A-187", "actions against each other are warned about, and saved", func(t *testing.T) {
			odd := o.profile("Odd", map[string]any{"leave": []any{act("team.logout", "team", o.sales), act("team.pause", "team", o.sales, "reason", "1")}})
			var saved struct {
				Warnings []struct{ Field, Code string }
				Leave    []struct{ Kind string }
			}
			o.api.get("/profiles/"+odd, &saved)
			if len(saved.Leave) != 2 || len(saved.Warnings) != 1 || saved.Warnings[0].Field != "leave.1" || saved.Warnings[0].Code != "logged_out" {
				t.Errorf("it is %+v", saved)
			}
		}},
	} {
		t.Run(row.ids+" "+row.what, row.play)
	}
}
