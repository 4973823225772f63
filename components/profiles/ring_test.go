package profiles_test

import (
	"context"
	"fmt"
	"testing"

	"plenum/components/directory"
	"plenum/xmppd/store"
	"plenum/xmppd/store/storetest"
)

// rings is what is set for Juliet's devices.
func (o *office) rings() (text string) {
	for _, row := range o.org.FollowMe.Of(o.juliet.String()) {
		text += row.Kind
		for _, class := range directory.RingClasses() {
			if timer := row.FollowMeInput.Of(class); timer.Enabled {
				text += fmt.Sprintf(" %d/%d", timer.Delay, timer.Timeout)
			} else {
				text += " off"
			}
		}
		if row.GSM {
			text += " gsm"
		}
		if !row.UserConfigurable {
			text += " locked"
		}
		text += ", "
	}
	return text
}

// mobile gives Juliet a mobile telephone.
func (o *office) mobile(number string) {
	o.Helper()
	a, err := o.org.Accounts.Get(context.Background(), o.juliet)
	o.must(err)
	in := a.Input()
	in.Mobile, in.MobileNumber = true, number
	_, err = o.org.Accounts.UpdateUser(context.Background(), operator, o.juliet, a.Revision, in)
	o.must(err)
}

// profiles change when devices ring, of several at once, and set GSM mode; those of administrators also what is locked.
func TestActionsThatRing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := newOffice(t, db)
		ctx := context.Background()
		o.mobile("+4917612345")
		desk, err := o.org.Objects.CreateDevice(ctx, operator, directory.DeviceInput{Device: directory.PhoneDevice, Name: "Desk", Owner: o.juliet})
		o.must(err)
		on, off := directory.RingChange{To: directory.RingOn}, directory.RingChange{To: directory.RingOff}
		late := directory.RingChange{To: directory.RingOn, Delay: 5, Timeout: 20}
		road := directory.ProfileInput{Name: "Road", Enter: []directory.ProfileAction{
			{Kind: directory.ActFollowMe, Device: desk.ID, Internal: off, Queue: off},
			{Kind: directory.ActFollowMe, Device: directory.MobileDevice, External: late},
			{Kind: directory.ActFollowMe, Internal: on, External: on},
			{Kind: directory.ActFollowMe, Device: directory.XMPPDevice, Internal: on},
			{Kind: directory.ActGSM, On: true},
		}, Leave: []directory.ProfileAction{{Kind: directory.ActGSM}, {Kind: directory.ActFollowMe, Device: directory.MobileDevice, Internal: off, External: off}, {Kind: directory.ActFollowMe, Queue: on}}}
		profile := o.profile(road)
		enter := []string{
			"Set FollowMe of Desk (internal off, team off): done", "Set FollowMe of the mobile telephone (external 5/20): done",
			"Set FollowMe of all devices (internal on, external on): done", "Set FollowMe of XMPP clients (internal on): it was so already", "Switch GSM mode on: done",
		}
		before := o.rings()
		if want := "phone 0/999 0/999 0/999 locked, mobile off off off, xmpp 0/999 0/999 0/999, "; before != want {
			t.Errorf("at first: %s", before)
		}
		trial, err := o.do.DryRun(ctx, o.juliet, must(o.org.Profiles.Get(profile)), false)
		o.must(err)
		if o.same("tried", said(trial), enter...); o.rings() != before {
			t.Errorf("the dry run has changed something: %s", o.rings())
		}
		o.same("done", said(o.choose(profile)), enter...)
		if got := o.rings(); got != "phone 0/999 0/999 off locked, mobile 0/999 5/20 off gsm, xmpp 0/999 0/999 0/999, " {
			t.Errorf("in the profile: %s", got)
		}
		o.same("left", said(o.choose(directory.AvailableID)), "Switch GSM mode off: done", "Set FollowMe of the mobile telephone (internal off, external off): done", "Set FollowMe of all devices (team on): done")
		if got := o.rings(); got != "phone 0/999 0/999 0/999 locked, mobile off off 0/999, xmpp 0/999 0/999 0/999, " {
			t.Errorf("afterwards: %s", got)
		}

		own, err := o.org.Permissions.Create(ctx, operator, directory.PermissionInput{Name: "Own", Types: []directory.PermissionType{directory.ProfilePersonal}})
		o.must(err)
		o.must(o.org.Permissions.Assign(ctx, operator, own.ID, directory.Users, []string{o.juliet.String()}, nil))
		road.Name, road.Enter = "Walk", []directory.ProfileAction{{Kind: directory.ActFollowMe, Device: directory.PhoneDevice, Internal: off}, {Kind: directory.ActFollowMe, Internal: off, Queue: off}, {Kind: directory.ActGSM, On: true}}
		walk, err := o.org.Profiles.CreateOwn(ctx, o.juliet, road)
		o.must(err)
		enter = []string{
			"Set FollowMe of telephones (internal off): failed, when this device rings is set by an administrator",
			"Set FollowMe of all devices (internal off, team off): failed, Desk: when this device rings is set by an administrator", "Switch GSM mode on: done",
		}
		trial, err = o.do.DryRun(ctx, o.juliet, walk, false)
		o.must(err)
		o.same("tried, her own", said(trial), enter...)
		o.same("her own", said(o.choose(walk.ID)), enter...)
		if got := o.rings(); got != "phone 0/999 0/999 0/999 locked, mobile off off off gsm, xmpp off 0/999 off, " {
			t.Errorf("in her own profile: %s", got)
		}
	})
}

// what a user does not have cannot be set, and the rest is done.
func TestActionsThatRingNothing(t *testing.T) {
	o := newOffice(t, memory(t))
	ctx := context.Background()
	other, err := o.org.Objects.CreateDevice(ctx, operator, directory.DeviceInput{Device: directory.PhoneDevice, Name: "Other", Owner: o.romeo})
	o.must(err)
	off := directory.RingChange{To: directory.RingOff}
	profile := o.profile(directory.ProfileInput{Name: "Road", Enter: []directory.ProfileAction{
		{Kind: directory.ActFollowMe, Device: other.ID, Internal: off}, {Kind: directory.ActFollowMe, Device: directory.SoftphoneDevice, Internal: off},
		{Kind: directory.ActGSM, On: true}, {Kind: directory.ActGSM}, {Kind: directory.ActFollowMe, Device: directory.XMPPDevice, Internal: off},
	}})
	want := []string{
		"Set FollowMe of Other (internal off): failed, juliet@example.org has no such device", "Set FollowMe of softphones (internal off): failed, juliet@example.org has no such device",
		"Switch GSM mode on: failed, juliet@example.org has no mobile telephone", "Switch GSM mode off: it was so already", "Set FollowMe of XMPP clients (internal off): done",
	}
	trial, err := o.do.DryRun(ctx, o.juliet, must(o.org.Profiles.Get(profile)), false)
	o.must(err)
	o.same("tried", said(trial), want...)
	o.same("done", said(o.choose(profile)), want...)
	o.choose(directory.AvailableID)
	o.mobile("")
	want[2], want[4] = "Switch GSM mode on: failed, the mobile telephone of juliet@example.org has no number", "Set FollowMe of XMPP clients (internal off): it was so already"
	o.same("without a number", said(o.choose(profile)), want...)
}
