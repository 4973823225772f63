package main

import (
	"bufio"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"math/big"
	"os"
	"strings"

	"golang.org/x/term"

	"plenum/components/directory"
)

// generatedLength and the alphabet give a generated password 92 bits: nobody guesses it, and it can be typed. The
// letters leave out those that look like others.
const (
	generatedLength = 16
	readableLetters = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
)

// newPassword makes a password that the password rule takes.
func newPassword() (string, error) {
	for {
		var b strings.Builder
		for range generatedLength {
			n, err := rand.Int(rand.Reader, big.NewInt(int64(len(readableLetters))))
			if err != nil {
				return "", err
			}
			b.WriteByte(readableLetters[n.Int64()])
		}
		if directory.CheckPassword(b.String()) == nil {
			return b.String(), nil
		}
	}
}

// askPassword gets a password for somebody: typed twice at a terminal, else the first line of the input.
func askPassword(whose string) (string, error) {
	input := int(os.Stdin.Fd())
	if !term.IsTerminal(input) {
		return firstLine(os.Stdin)
	}
	first, err := typed(input, "Password of "+whose+": ")
	if err != nil || first == "" {
		return first, err
	}
	second, err := typed(input, "Once more: ")
	if err == nil && first != second {
		err = errors.New("the two passwords differ: nothing was changed")
	}
	return first, err
}

func typed(input int, prompt string) (string, error) {
	fmt.Fprint(os.Stderr, prompt)
	text, err := term.ReadPassword(input)
	fmt.Fprintln(os.Stderr)
	if err != nil {
		return "", fmt.Errorf("read the password: %w", err)
	}
	return string(text), nil
}

func firstLine(input io.Reader) (string, error) {
	line, err := bufio.NewReader(input).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("read the password: %w", err)
	}
	return strings.TrimRight(line, "\r\n"), nil
}
