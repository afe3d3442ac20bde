package qoe

// Phase is what a viewer sees at an instant.
type Phase uint8

// The phases of a visit.
const (
	Starting Phase = iota // no picture yet
	Playing
	Stalled // picture frozen
	Seeking // the viewer jumped and waits for the picture
	Paused  // by the viewer, who may not have pressed play yet
	Asleep  // laptop closed
	Ended   // all was shown
	Dead    // playback ended against the viewer's will
)

// NumPhases is how many phases there are.
const NumPhases = int(Dead) + 1

var phaseNames = [NumPhases]string{"starting", "playing", "stalled", "seeking", "paused", "asleep", "ended", "dead"}

// String is the phase in one lower-case word: "playing".
func (p Phase) String() string { return nameOf(phaseNames[:], uint8(p)) }

// MarshalText is String.
func (p Phase) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (p *Phase) UnmarshalText(text []byte) error {
	i, err := indexOf(phaseNames[:], "phase of a visit", text)
	*p = Phase(i)
	return err
}
