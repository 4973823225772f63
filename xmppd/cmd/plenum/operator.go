package main

import (
	"context"
	"errors"
	"strings"
	"time"

	"plenum/components/directory"
	"plenum/xmppd/cmd/internal/control"
	"plenum/xmppd/jid"
)

// operator carries out the commands that need the database: in the running server when there is one, because only one
// process has the database open, else in the command's own process.
type operator struct {
	org      *directory.Directory
	accounts *directory.Accounts
	leaving  *leaving
	domains  []string
	backup   func(ctx context.Context, path string) error
	logOut   func(user jid.JID) // ends the sessions of an account
}

// mount puts the commands on the control socket.
func (o *operator) mount(m *control.Mux) {
	control.Handle(m, "user-add", o.add)
	control.Handle(m, "user-passwd", o.setPassword)
	control.Handle(m, "user-list", o.list)
	control.Handle(m, "user-show", o.show)
	control.Handle(m, "user-restore", o.restore)
	control.Handle(m, "user-disable", o.disable)
	control.Handle(m, "user-enable", o.enable)
	control.Handle(m, "user-delete", o.remove)
	control.Handle(m, "user-import", o.importCSV)
	control.Handle(m, "backup", o.backUp)
}

// ask has a command carried out: by the server that runs in the data folder, or by ourselves when none does.
func ask[Req, Resp any](where *folder, command string, req Req, do func(*operator, context.Context, Req) (Resp, error)) (Resp, error) {
	resp, err := tell[Resp](where, command, req)
	if !errors.Is(err, control.ErrNotRunning) {
		return resp, err
	}
	cfg, err := where.load()
	if err != nil {
		return resp, err
	}
	ctx := context.Background()
	o, done, err := openOperator(ctx, cfg)
	if err != nil {
		return resp, err
	}
	resp, err = do(o, ctx, req)
	return resp, errors.Join(err, done())
}

// openOperator builds the server without starting it, so that every package sees what changes.
func openOperator(ctx context.Context, cfg *Config) (o *operator, done func() error, err error) {
	p, err := build(ctx, cfg, quietLogs())
	if err != nil {
		return nil, nil, err
	}
	return p.operator(), p.close, nil
}

// address reads a user's address. A login name alone is one in the main domain.
func (o *operator) address(user string) (jid.JID, error) {
	if strings.Contains(user, "@") {
		return jid.Parse(user)
	}
	return jid.New(user, o.domains[0], "")
}

type userAdd struct {
	User     string         `json:"user"`
	Password string         `json:"password"`
	Name     string         `json:"name"`
	Role     directory.Role `json:"role"`
}

// userInfo is an account as the commands show it.
type userInfo struct {
	JID      string         `json:"jid"`
	Name     string         `json:"name"`
	Role     directory.Role `json:"role"`
	Disabled bool           `json:"disabled"`
	Deleted  bool           `json:"deleted"` // in the bin
	Created  time.Time      `json:"created"`
}

func (u *userInfo) state() string {
	switch {
	case u.Deleted:
		return "deleted"
	case u.Disabled:
		return "disabled"
	}
	return "active"
}

func infoOf(a directory.Account) userInfo {
	return userInfo{a.JID.String(), a.DisplayName, a.Role, a.Disabled, a.InBin(), a.Created}
}

func (o *operator) add(ctx context.Context, req userAdd) (userInfo, error) {
	address, err := o.address(req.User)
	if err != nil {
		return userInfo{}, err
	}
	account, err := o.accounts.Create(ctx, directory.NewAccount{JID: address, Password: req.Password, DisplayName: req.Name, Role: req.Role})
	return infoOf(account), err
}

type userPassword struct {
	User     string `json:"user"`
	Password string `json:"password"`
}

func (o *operator) setPassword(ctx context.Context, req userPassword) (userInfo, error) {
	return o.change(ctx, userName{req.User}, func(ctx context.Context, user jid.JID) error {
		if err := o.accounts.SetPassword(ctx, user, req.Password); err != nil {
			return err
		}
		o.logOut(user)
		return nil
	})
}

type userName struct {
	User string `json:"user"`
}

func (o *operator) disable(ctx context.Context, req userName) (userInfo, error) {
	return o.change(ctx, req, o.accounts.Disable)
}

func (o *operator) enable(ctx context.Context, req userName) (userInfo, error) {
	return o.change(ctx, req, o.accounts.Enable)
}

// change applies a change to an account and returns what it is then.
func (o *operator) change(ctx context.Context, req userName, change func(context.Context, jid.JID) error) (userInfo, error) {
	address, err := o.address(req.User)
	if err != nil {
		return userInfo{}, err
	}
	if err := change(ctx, address); err != nil {
		return userInfo{}, err
	}
	account, err := o.accounts.Get(ctx, address)
	return infoOf(account), err
}

func (o *operator) remove(ctx context.Context, req userName) (userInfo, error) {
	address, err := o.address(req.User)
	if err != nil {
		return userInfo{}, err
	}
	account, err := o.accounts.Get(ctx, address)
	if err != nil {
		return userInfo{}, err
	}
	gone, err := o.leaving.remove(ctx, address)
	if err == nil {
		<-gone
	}
	return infoOf(account), err
}

// userDetails is everything that the directory knows of a user, secrets apart.
type userDetails struct {
	userInfo
	Auth        string    `json:"auth"`
	Extension   string    `json:"extension"`
	Fax         string    `json:"fax_extension"`
	Email       string    `json:"email"`
	Language    string    `json:"language"`
	Mobile      string    `json:"mobile_number"`
	Voicemail   string    `json:"voicemail"`
	Devices     []string  `json:"devices"`
	Permissions []string  `json:"permissions"`
	Changed     time.Time `json:"changed"`
}

func (o *operator) show(ctx context.Context, req userName) (userDetails, error) {
	address, err := o.address(req.User)
	if err != nil {
		return userDetails{}, err
	}
	a, err := o.org.Accounts.Get(ctx, address)
	if err != nil {
		return userDetails{}, err
	}
	u := userDetails{
		userInfo: infoOf(a), Auth: string(a.Auth), Extension: a.Extension, Fax: a.FaxExtension, Email: a.Email, Language: a.Language,
		Mobile: a.MobileNumber, Voicemail: string(a.Voicemail), Changed: a.Changed,
	}
	for _, device := range o.org.Objects.DevicesOf(address) {
		u.Devices = append(u.Devices, device.Device)
	}
	for _, p := range o.org.Permissions.Of(directory.Users, address.String()) {
		u.Permissions = append(u.Permissions, p.Name)
	}
	return u, nil
}

func (o *operator) restore(ctx context.Context, req userName) (userInfo, error) {
	return o.change(ctx, req, func(ctx context.Context, user jid.JID) error { return o.accounts.Restore(ctx, jid.JID{}, user) })
}

type userList struct {
	Bin bool `json:"bin"`
}

func (o *operator) list(ctx context.Context, req userList) ([]userInfo, error) {
	if req.Bin {
		return o.bin()
	}
	var all []userInfo
	for _, domain := range o.domains {
		var after jid.JID
		for {
			page, err := o.accounts.List(ctx, domain, after, directory.MaxPage)
			if err != nil {
				return nil, err
			}
			for _, account := range page {
				all = append(all, infoOf(account))
				after = account.JID
			}
			if len(page) < directory.MaxPage {
				break
			}
		}
	}
	return all, nil
}

// bin lists those who are deleted and can be restored.
func (o *operator) bin() ([]userInfo, error) {
	var all []userInfo
	for {
		page, err := o.accounts.Search(directory.UserQuery{State: directory.BinState, Sort: directory.SortLogin, Offset: len(all)})
		if err != nil {
			return nil, err
		}
		for _, account := range page.Accounts {
			all = append(all, infoOf(account))
		}
		if len(all) >= page.Total || len(page.Accounts) == 0 {
			return all, nil
		}
	}
}

type userImport struct {
	CSV       string `json:"csv"`
	Domain    string `json:"domain"` // empty: the main one
	Overwrite bool   `json:"overwrite"`
}

func (o *operator) importCSV(ctx context.Context, req userImport) (directory.ImportResult, error) {
	if req.Domain == "" {
		req.Domain = o.domains[0]
	}
	return o.accounts.Import(ctx, strings.NewReader(req.CSV), directory.ImportOptions{Domain: req.Domain, Overwrite: req.Overwrite})
}

type backupTo struct {
	Path string `json:"path"` // absolute; must not exist
}

func (o *operator) backUp(ctx context.Context, req backupTo) (struct{}, error) {
	return struct{}{}, o.backup(ctx, req.Path)
}
