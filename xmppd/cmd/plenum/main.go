// Package main is the program plenum: a collaboration server and the commands that look after it.
//
// Spec: XEP-0156 1.4.0 complete
package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/alecthomas/kong"
)

// programVersion is what the linker was told (see the Makefile): the tag or commit that was built.
var programVersion = "unknown"

type commands struct {
	folder

	Serve      serveCommand      `cmd:"" help:"Run the server."`
	Localserve localserveCommand `cmd:"" help:"Run a server on this machine for trying out, without configuration."`
	Quickstart quickstartCommand `cmd:"" help:"Set a server up: configuration, certificate, first administrator; prints the DNS records."`
	Config     configCommand     `cmd:"" name:"config" help:"Explain or check the configuration."`
	User       userCommand       `cmd:"" help:"Look after accounts, whether the server runs or not."`
	Backup     backupCommand     `cmd:"" help:"Write database, configuration and keys into one file, also while the server runs."`
	Restore    restoreCommand    `cmd:"" help:"Put a backup into the data folder."`
	Ctl        ctlCommand        `cmd:"" help:"Talk to the running server."`
	Version    versionCommand    `cmd:"" help:"Print the version of this program."`
}

type versionCommand struct{}

func (versionCommand) Run() error {
	fmt.Println("plenum", programVersion)
	return nil
}

func main() {
	var cli commands
	parser := kong.Parse(&cli,
		kong.Name("plenum"),
		kong.Description("A collaboration server: chat, presence and groups over XMPP."),
		kong.UsageOnError(),
		kong.Bind(&cli.folder))
	if err := parser.Run(); err != nil {
		if !errors.Is(err, errReported) {
			fmt.Fprintln(os.Stderr, "plenum:", explain(err))
		}
		os.Exit(1)
	}
}
