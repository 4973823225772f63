// Package prompts has what the server says to people at telephones: texts that were spoken when the program was made, in German and
// English, each of which an administrator may replace by a recording of his own.
//
// texts.tsv lists the texts, generate.go has them spoken. The sound is embedded as Opus, and decoded when it is needed first.
package prompts

import (
	_ "embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"plenum/components/media"
	"plenum/components/media/play"
	"plenum/components/media/wav"
	"plenum/xmppd/fault"
)

// An ID names a text. Numbers from 0 to 99 go by their digits.
type ID string

// Default is the language of who has named none that there is.
const Default = "en"

// Longest is how long a recording may be that takes a text's place.
const Longest = 2 * time.Minute

// A Prompt is a text in one language, as lists show it.
type Prompt struct {
	ID       ID
	Language string
	Text     string // of the program's own sound
	Duration time.Duration
	Made     bool      // it is a recording and nothing else, with a name that an administrator has chosen
	Own      bool      // a recording has taken its place,
	Since    time.Time // then
	Number   string    // by which it is heard and recorded by telephone; empty when it is not shared
}

// Service gives out what is to be said. Its methods may be called by any goroutine.
type Service struct {
	dir      string
	fallback string

	mu     sync.Mutex
	clips  map[key]*play.Clip      // that were needed so far
	shared map[string]sharedPrompt // by number; never changed: another takes its place
}

type key struct {
	lang string
	id   ID
}

// New makes a service that looks for recordings of the operator's in dir, as LANGUAGE/ID.wav; dir need not exist. Fallback is the language
// of those who have none.
func New(dir, fallback string) (*Service, error) {
	if fallback == "" {
		fallback = Default
	}
	if !slices.Contains(Languages(), fallback) {
		return nil, fault.Newf(fault.Invalid, "there are no prompts in the language %q, but in %s", fallback, strings.Join(Languages(), ", "))
	}
	s := &Service{dir: dir, fallback: fallback, clips: make(map[key]*play.Clip)}
	var err error
	s.shared, err = s.readShared()
	return s, err
}

// Language is the language that somebody is spoken to in who wants lang: "de", or "de-AT"; "" is nothing.
func (s *Service) Language(lang string) string {
	primary, _, _ := strings.Cut(strings.ToLower(lang), "-")
	if slices.Contains(Languages(), primary) {
		return primary
	}
	return s.fallback
}

// Get is a text as sound. It is never nil: a recording that cannot be read any more has the program's own in its place, and what
// there is not is silence.
func (s *Service) Get(lang string, id ID) *play.Clip {
	k := key{s.Language(lang), id}
	s.mu.Lock()
	defer s.mu.Unlock()
	clip := s.clips[k]
	if clip == nil {
		pcm, err := s.read(k)
		if err != nil {
			pcm = decode(embedded()[k])
		}
		clip = play.NewClip(pcm)
		s.clips[k] = clip
	}
	return clip
}

func (s *Service) path(k key) string { return filepath.Join(s.dir, k.lang, string(k.id)+".wav") }

// read reads the recording that has taken a text's place.
func (s *Service) read(k key) ([]int16, error) {
	var f *os.File
	var err error
	switch {
	case s.dir == "":
		return nil, fs.ErrNotExist
	case IsOwn(k.id):
		f, err = s.openOwn(k)
	case texts()[k] == "":
		return nil, fs.ErrNotExist
	default:
		f, err = os.Open(s.path(k))
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return wav.Read(f, Longest)
}

// Number is how a number is said: what is above 99 digit by digit.
func (s *Service) Number(lang string, n int) []*play.Clip {
	if n < 0 || n > 99 {
		return s.Digits(lang, strconv.Itoa(n))
	}
	return []*play.Clip{s.Get(lang, ID(strconv.Itoa(n)))}
}

// Digits are said one by one; what is no digit is left out.
func (s *Service) Digits(lang, digits string) (list []*play.Clip) {
	for _, d := range digits {
		if d >= '0' && d <= '9' {
			list = append(list, s.Get(lang, ID(d)))
		}
	}
	return list
}

// List has all texts, in the order of the table and then numbers, language by language.
func (s *Service) List() []Prompt {
	var list []Prompt
	for _, lang := range Languages() {
		for _, id := range order() {
			list = append(list, s.describe(key{lang, id}))
		}
		for _, k := range s.ownKeys(lang) {
			list = append(list, s.describe(k))
		}
	}
	return list
}

func (s *Service) describe(k key) Prompt {
	s.mu.Lock()
	number := s.number(k)
	s.mu.Unlock()
	p := Prompt{ID: k.id, Language: k.lang, Number: number, Text: texts()[k], Made: IsOwn(k.id), Duration: time.Duration(len(embedded()[k])) * media.FrameTime}
	if s.dir == "" {
		return p
	}
	if info, err := os.Stat(s.path(k)); err == nil {
		p.Own, p.Since, p.Duration = true, info.ModTime().UTC(), s.Get(k.lang, k.id).Duration()
	}
	return p
}

// known checks that there is such a text.
func known(lang string, id ID) (key, error) {
	k := key{lang, id}
	if texts()[k] == "" && !(IsOwn(id) && slices.Contains(Languages(), lang)) {
		return k, fault.New(fault.NotFound, "there is no such prompt")
	}
	return k, nil
}

// Replace puts a recording, a WAV file of at most [Longest], in the place of a text, or makes one with a name of its own. The errors are of kind NotFound, Invalid and Limit.
func (s *Service) Replace(lang string, id ID, r io.Reader) (Prompt, error) {
	k, err := known(lang, id)
	if err != nil {
		return Prompt{}, err
	}
	if s.dir == "" {
		return Prompt{}, fault.New(fault.Unavailable, "there is no folder for recordings")
	}
	if own := s.ownKeys(lang); IsOwn(id) && len(own) >= MaxOwn && !slices.Contains(own, k) {
		return Prompt{}, fault.Newf(fault.Limit, "there are %d recordings, and more cannot be", len(own))
	}
	pcm, err := wav.Read(r, Longest)
	if err != nil {
		return Prompt{}, err
	}
	if len(pcm) == 0 {
		return Prompt{}, fault.New(fault.Invalid, "there is no sound in the file")
	}
	if err := s.write(k, pcm); err != nil {
		return Prompt{}, fmt.Errorf("store the prompt %s/%s: %w", lang, id, err)
	}
	s.forget(k)
	return s.describe(k), nil
}

// write puts the file there in one step, so that nobody reads half of it.
func (s *Service) write(k key, pcm []int16) (err error) {
	path := s.path(k)
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			os.Remove(f.Name())
		}
	}()
	if err = errors.Join(fill(f, pcm), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

func fill(f io.WriteSeeker, pcm []int16) error {
	w, err := wav.NewWriter(f, 1)
	if err != nil {
		return err
	}
	return errors.Join(w.Write(pcm), w.Close())
}

// Reset takes a recording away: the program's own sound is heard again, or there is none any more. There need not be one.
func (s *Service) Reset(lang string, id ID) (Prompt, error) {
	k, err := known(lang, id)
	if err != nil {
		return Prompt{}, err
	}
	if s.dir != "" {
		if err := os.Remove(s.path(k)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return Prompt{}, fmt.Errorf("reset the prompt %s/%s: %w", lang, id, err)
		}
	}
	s.forget(k)
	if IsOwn(id) { // there is nothing any more that could be shared
		return s.Unshare(lang, id)
	}
	return s.describe(k), nil
}

func (s *Service) forget(k key) {
	s.mu.Lock()
	for _, lang := range Languages() { // where it was heard for want of another
		delete(s.clips, key{lang, k.id})
	}
	s.mu.Unlock()
}

// Write writes what is heard as a WAV file.
func (s *Service) Write(w io.WriteSeeker, lang string, id ID) error {
	k, err := known(lang, id)
	if err != nil {
		return err
	}
	if _, err := os.Stat(s.path(k)); IsOwn(id) && err != nil {
		return fault.New(fault.NotFound, "there is no such recording")
	}
	clip := s.Get(lang, id)
	pcm := make([]int16, 0, clip.Frames()*media.FrameSamples)
	for i := range clip.Frames() {
		pcm = append(pcm, clip.PCM(i)...)
	}
	return fill(w, pcm)
}
