// Package main is the program plenum: a collaboration server and the commands that look after it.
package main

import (
	"fmt"
	"os"

	"github.com/alecthomas/kong"
)

// version is what the linker was told (see the Makefile): the tag or commit that was built.
var version = "unknown"

type commands struct {
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
		kong.UsageOnError())
	if err := parser.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "plenum:", err)
		os.Exit(1)
	}
}
