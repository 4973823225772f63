package call

import (
	"fmt"
	"time"

	"plenum/components/media"
)

// A Command is what a leg is told to do, or what a [Call] wants of its owner.
type Command interface{ command() }

// Commands to a leg.
type (
	// Ring tells a caller that somebody is being alerted for him. Early: he shall hear what is bound to his slots already.
	Ring struct{ Early bool }

	// Answer takes a caller's call.
	Answer struct{}

	// Prefer says which codecs of sound the party's partner can take, best first. It comes before Answer or Ring{Early: true}: an answer that
	// uses the first of them that both have spares the server to transcode. Edges that have nothing to choose ignore it.
	Prefer struct{ Codecs []media.Codec }

	// Hangup ends the leg, whatever state it is in.
	Hangup struct{ Reason Reason }

	// Hold tells the party that it is on hold, Resume that it is not any more. What it hears meanwhile is bound by the owner.
	Hold   struct{}
	Resume struct{}

	// SendDTMF plays keys to the party.
	SendDTMF struct {
		Keys     string
		Duration time.Duration // of each; 0 means 100 ms
	}

	// Identify tells the party whom it talks to now.
	Identify struct{ Party Party }

	// TransferResult answers a [TransferAsked]. Done: its partner is being connected with the other, and the leg is about to be hung up; else
	// the transfer was refused for Reason, and all is as before.
	TransferResult struct {
		Done   bool
		Reason Reason
	}

	// Mute asks the party to mute a track of its own. There is no command for the reverse.
	Mute struct{ Track *media.Track }
)

// Commands to a [Call]'s owner.
type (
	// Place makes the leg of a branch and calls its party.
	Place struct {
		Branch Branch
		For    LegID // the leg of who calls
		From   Party
		Video  bool
	}

	// Hear changes what the order's leg is given: the tracks of another leg, or a sound of the server's.
	Hear struct {
		From  LegID // empty when Sound is what is heard
		Sound Sound
	}

	// Exhausted says that no branch has answered, and the best reason of all. The owner has [DecideTime] to dial on before the caller
	// is hung up with it.
	Exhausted struct{ Reason Reason }

	// Over is the last command of a call.
	Over struct{ Reason Reason }
)

func (Ring) command()           {}
func (Answer) command()         {}
func (Prefer) command()         {}
func (Hangup) command()         {}
func (Hold) command()           {}
func (Resume) command()         {}
func (SendDTMF) command()       {}
func (Identify) command()       {}
func (TransferResult) command() {}
func (Mute) command()           {}
func (Place) command()          {}
func (Hear) command()           {}
func (Exhausted) command()      {}
func (Over) command()           {}

// An Order is a command and the leg it is about.
type Order struct {
	Leg     LegID
	Command Command
}

// String is the order as logs have it.
func (o Order) String() string { return fmt.Sprintf("%s %T%+v", o.Leg, o.Command, o.Command) }

// A Sound is what a leg hears when it does not hear another party.
type Sound uint8

const (
	Nothing   Sound = iota
	Music           // on hold
	Ringback        // somebody is being rung
	AskToPick       // the question to press 1
)

var soundNames = [...]string{Nothing: "nothing", Music: "music", Ringback: "ringback", AskToPick: "question to press 1"}

// String returns the sound in lower case words.
func (s Sound) String() string {
	if int(s) < len(soundNames) {
		return soundNames[s]
	}
	return fmt.Sprintf("sound %d", uint8(s))
}
