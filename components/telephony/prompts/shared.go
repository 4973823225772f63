package prompts

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math/big"
	"os"
	"path/filepath"
	"slices"

	"plenum/xmppd/fault"
)

// A prompt can be shared: whoever knows its number hears and records it by telephone. The numbers are in a file beside the recordings.

const (
	sharedFile = "shared.json"
	// NumberDigits is how many digits the number of a shared prompt has.
	NumberDigits = 6
	// MaxShared is how many can be shared: of a million numbers so few that one in a thousand that is guessed is right.
	MaxShared = 1000
)

// sharedPrompt is a prompt as the file has it.
type sharedPrompt struct {
	Language string `json:"language"`
	ID       ID     `json:"id"`
}

func (s *Service) readShared() (map[string]sharedPrompt, error) {
	shared := make(map[string]sharedPrompt)
	if s.dir == "" {
		return shared, nil
	}
	text, err := os.ReadFile(filepath.Join(s.dir, sharedFile))
	if errors.Is(err, fs.ErrNotExist) {
		return shared, nil
	}
	if err == nil {
		err = json.Unmarshal(text, &shared)
	}
	if err != nil {
		return nil, fmt.Errorf("read which prompts are shared: %w", err)
	}
	return shared, nil
}

// writeShared puts the file there in one step. It is called with mu held, like what leads to it.
func (s *Service) writeShared(shared map[string]sharedPrompt) (err error) {
	text, err := json.MarshalIndent(shared, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(s.dir, 0o750); err != nil {
		return err
	}
	f, err := os.CreateTemp(s.dir, ".new-*")
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), filepath.Join(s.dir, sharedFile))
	}
	if err != nil {
		os.Remove(f.Name())
		return fmt.Errorf("store which prompts are shared: %w", err)
	}
	s.shared = shared
	return nil
}

// Share gives a prompt a number, unless it has one. The errors are of kind NotFound and Limit.
func (s *Service) Share(lang string, id ID) (Prompt, error) {
	k, err := s.there(lang, id)
	if err != nil {
		return Prompt{}, err
	}
	if s.dir == "" {
		return Prompt{}, fault.New(fault.Unavailable, "there is no folder for recordings")
	}
	s.mu.Lock()
	if s.number(k) == "" {
		err = s.share(k)
	}
	s.mu.Unlock()
	if err != nil {
		return Prompt{}, err
	}
	return s.describe(k), nil
}

func (s *Service) share(k key) error {
	if len(s.shared) >= MaxShared {
		return fault.Newf(fault.Limit, "%d prompts are shared, and more cannot be", len(s.shared))
	}
	shared := maps.Clone(s.shared)
	for len(shared) == len(s.shared) {
		n, err := rand.Int(rand.Reader, big.NewInt(1_000_000))
		if err != nil {
			return err
		}
		if number := fmt.Sprintf("%0*d", NumberDigits, n); shared[number] == (sharedPrompt{}) {
			shared[number] = sharedPrompt{k.lang, k.id}
		}
	}
	return s.writeShared(shared)
}

// Unshare takes the number of a prompt back. It need not have one.
func (s *Service) Unshare(lang string, id ID) (Prompt, error) {
	k, err := known(lang, id)
	if err != nil {
		return Prompt{}, err
	}
	s.mu.Lock()
	err = s.unshare(k)
	s.mu.Unlock()
	if err != nil {
		return Prompt{}, err
	}
	return s.describe(k), nil
}

func (s *Service) unshare(k key) error {
	number := s.number(k)
	if number == "" {
		return nil
	}
	shared := maps.Clone(s.shared)
	delete(shared, number)
	return s.writeShared(shared)
}

// number is that of a prompt; empty when it is not shared.
func (s *Service) number(k key) string {
	numbers := slices.Sorted(maps.Keys(s.shared))
	i := slices.IndexFunc(numbers, func(n string) bool { return s.shared[n] == sharedPrompt{k.lang, k.id} })
	if i < 0 {
		return ""
	}
	return numbers[i]
}

// Shared is the prompt that has a number. It reports false when none has.
func (s *Service) Shared(number string) (lang string, id ID, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, ok := s.shared[number]
	return p.Language, p.ID, ok
}

// there checks that there is something to be heard: a text of the program, or a recording in that language.
func (s *Service) there(lang string, id ID) (key, error) {
	k, err := known(lang, id)
	if err == nil && IsOwn(id) && !slices.Contains(s.ownKeys(lang), k) {
		err = fault.New(fault.NotFound, "there is no such recording")
	}
	return k, err
}
