package main

import (
	"cmp"
	"fmt"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"plenum/components/directory"
)

type userCommand struct {
	Add     userAddCommand     `cmd:"" help:"Make an account."`
	Passwd  userPasswdCommand  `cmd:"" help:"Set the password of an account."`
	List    userListCommand    `cmd:"" help:"List all accounts, or those in the bin."`
	Show    userShowCommand    `cmd:"" help:"Show all that is known of a user, and his permissions."`
	Disable userDisableCommand `cmd:"" help:"Keep somebody from logging in, and end his sessions. Everything of the account stays."`
	Enable  userEnableCommand  `cmd:"" help:"Let somebody log in again."`
	Delete  userDeleteCommand  `cmd:"" help:"Remove an account and all that is its, for ever."`
	Restore userRestoreCommand `cmd:"" help:"Take somebody out of the bin, where the console puts those who are deleted."`
	Import  userImportCommand  `cmd:"" help:"Make accounts from a CSV file with the columns username, password and displayname."`
}

// passwordFlags say where a password comes from. Without them it is asked for at a terminal, or read as the first line
// of the input.
type passwordFlags struct {
	Generate bool `help:"Make a password and print it."`
}

// password gets one for somebody. A generated one is shown by announce, after it was taken.
func (f passwordFlags) password(whose string) (string, error) {
	if f.Generate {
		return newPassword()
	}
	return askPassword(whose)
}

func (f passwordFlags) announce(password string) {
	if f.Generate {
		fmt.Println("password:", password)
	}
}

type userAddCommand struct {
	User string `arg:"" help:"Login name, or address (name@domain) where there are several domains."`
	Name string `help:"The name that others see."`
	Role string `help:"Right to administer: system-administrator, administrator, pbx-manager, phonebook-manager or grafana-viewer."`
	passwordFlags
}

func (c userAddCommand) Run(where *folder) error {
	role, err := directory.ParseRole(c.Role)
	if err != nil {
		return err
	}
	password, err := c.password(c.User)
	if err != nil {
		return err
	}
	user, err := ask(where, "user-add", userAdd{c.User, password, c.Name, role}, (*operator).add)
	if err != nil {
		return err
	}
	fmt.Println("added", user.JID)
	c.announce(password)
	return nil
}

type userPasswdCommand struct {
	User string `arg:"" help:"Login name or address."`
	passwordFlags
}

func (c userPasswdCommand) Run(where *folder) error {
	password, err := c.password(c.User)
	if err != nil {
		return err
	}
	user, err := ask(where, "user-passwd", userPassword{c.User, password}, (*operator).setPassword)
	if err != nil {
		return err
	}
	fmt.Println("password set for", user.JID)
	c.announce(password)
	return nil
}

type userListCommand struct {
	Bin bool `help:"Those who are deleted and can still be restored."`
}

func (c userListCommand) Run(where *folder) error {
	users, err := ask(where, "user-list", userList(c), (*operator).list)
	if err != nil {
		return err
	}
	out := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(out, "ADDRESS\tNAME\tROLE\tSTATE\tCREATED")
	for _, u := range users {
		fmt.Fprintf(out, "%s\t%s\t%s\t%s\t%s\n", u.JID, u.Name, cmp.Or(u.Role.String(), "-"), u.state(), u.Created.Format(time.DateOnly))
	}
	return out.Flush()
}

type userShowCommand struct {
	User string `arg:"" help:"Login name or address."`
}

func (c userShowCommand) Run(where *folder) error {
	u, err := ask(where, "user-show", userName(c), (*operator).show)
	if err != nil {
		return err
	}
	out := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	for _, line := range [][2]string{
		{"address", u.JID}, {"name", u.Name}, {"state", u.state()}, {"role", u.Role.String()}, {"authentication", u.Auth}, {"extension", u.Extension},
		{"fax extension", u.Fax}, {"e-mail", u.Email}, {"language", u.Language}, {"mobile number", u.Mobile}, {"voicemail", u.Voicemail},
		{"devices", strings.Join(u.Devices, ", ")}, {"permissions", strings.Join(u.Permissions, ", ")},
		{"created", u.Created.Format(time.RFC3339)}, {"last change", u.Changed.Format(time.RFC3339)},
	} {
		fmt.Fprintf(out, "%s:\t%s\n", line[0], cmp.Or(line[1], "-"))
	}
	return out.Flush()
}

type userRestoreCommand struct {
	User string `arg:"" help:"Login name or address."`
}

func (c userRestoreCommand) Run(where *folder) error {
	user, err := ask(where, "user-restore", userName(c), (*operator).restore)
	if err == nil {
		fmt.Println("restored", user.JID)
	}
	return err
}

type userDisableCommand struct {
	User string `arg:"" help:"Login name or address."`
}

func (c userDisableCommand) Run(where *folder) error {
	user, err := ask(where, "user-disable", userName(c), (*operator).disable)
	if err == nil {
		fmt.Println("disabled", user.JID)
	}
	return err
}

type userEnableCommand struct {
	User string `arg:"" help:"Login name or address."`
}

func (c userEnableCommand) Run(where *folder) error {
	user, err := ask(where, "user-enable", userName(c), (*operator).enable)
	if err == nil {
		fmt.Println("enabled", user.JID)
	}
	return err
}

type userDeleteCommand struct {
	User string `arg:"" help:"Login name or address."`
}

func (c userDeleteCommand) Run(where *folder) error {
	user, err := ask(where, "user-delete", userName(c), (*operator).remove)
	if err == nil {
		fmt.Println("deleted", user.JID)
	}
	return err
}

type userImportCommand struct {
	File      string `arg:"" help:"CSV in UTF-8; its first line names the columns." type:"existingfile"`
	Domain    string `help:"Domain of the new accounts. Default: the main one."`
	Overwrite bool   `help:"Replace name and password of accounts that exist. Without this an import that meets one changes nothing."`
}

// Run imports all lines or none. What is wrong is printed line by line.
func (c userImportCommand) Run(where *folder) error {
	text, err := os.ReadFile(c.File)
	if err != nil {
		return err
	}
	result, err := ask(where, "user-import", userImport{string(text), c.Domain, c.Overwrite}, (*operator).importCSV)
	if err != nil {
		fmt.Fprintf(os.Stderr, "plenum: %s: %v\n", c.File, err)
		return errReported
	}
	fmt.Printf("%d accounts made, %d replaced\n", result.Created, result.Replaced)
	return nil
}
