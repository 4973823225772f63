// Package main is the program plenum: a collaboration server and the commands that look after it.
package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/alecthomas/kong"
)

// version is what the linker was told (see the Makefile): the tag or commit that was built.
var version = "unknown"

type commands struct {
	folder

	Config  configCommand  `cmd:"" name:"config" help:"Explain or check the configuration."`
	Ctl     ctlCommand     `cmd:"" help:"Talk to the running server."`
	Version versionCommand `cmd:"" help:"Print the version of this program."`
}

type versionCommand struct{}

func (versionCommand) Run() error {
	fmt.Println("plenum", version)
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
