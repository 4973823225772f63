package prompts

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Besides the texts of the program there can be recordings with names that administrators choose: for menus, office hours and the like. Their IDs begin with
// a prefix, and there is nothing behind them but the recording.
const ownPrefix = "own-"

const (
	maxOwnName = 64
	// MaxOwn is how many there can be in a language.
	MaxOwn = 500
)

// IsOwn reports whether an ID is one of an administrator's choice.
func IsOwn(id ID) bool {
	name, ok := strings.CutPrefix(string(id), ownPrefix)
	return ok && name != "" && len(id) <= maxOwnName && !strings.ContainsFunc(name, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-'
	})
}

// ownKeys are the recordings of a language, by name.
func (s *Service) ownKeys(lang string) (list []key) {
	if s.dir == "" {
		return nil
	}
	files, _ := filepath.Glob(filepath.Join(s.dir, lang, ownPrefix+"*.wav")) // the pattern is right
	for _, file := range files {
		if id := ID(strings.TrimSuffix(filepath.Base(file), ".wav")); IsOwn(id) {
			list = append(list, key{lang, id})
		}
	}
	slices.SortFunc(list, func(a, b key) int { return strings.Compare(string(a.id), string(b.id)) })
	return list
}

// openOwn opens a recording in the language, or in another that it is there in.
func (s *Service) openOwn(k key) (*os.File, error) {
	for _, lang := range slices.Concat([]string{k.lang, s.fallback}, Languages()) {
		if f, err := os.Open(s.path(key{lang, k.id})); err == nil {
			return f, nil
		}
	}
	return nil, fs.ErrNotExist
}
