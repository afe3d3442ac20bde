package reports

import (
	"encoding/json"
	"fmt"
	"math"
	"time"

	"soak/manifest"
	"soak/qoe"
	"soak/scenarios"
)

// Schema names the layout of summary.json. Its number grows when a field changes
// its meaning or goes; new fields do not raise it.
const Schema = "soak/summary/1"

// Report is all there is to say about one run.
type Report struct {
	Schema  string     `json:"schema"` // set by JSON
	Soak    string     `json:"soak"`   // version that ran it
	Verdict Verdict    `json:"verdict"`
	Virtual bool       `json:"virtual"`
	Started *time.Time `json:"started,omitempty"` // real runs only
	Elapsed Seconds    `json:"elapsedSeconds,omitempty"`
	// AbortedAt is the scenario time at which a threshold ended the run; nil for
	// runs that went on to their end.
	AbortedAt *Seconds `json:"abortedAtSeconds,omitempty"`
	// ByHand is what somebody did to the run while it was under way; the faults that
	// were injected stand in the scenario too.
	ByHand   []Intervention      `json:"byHand,omitempty"`
	Outcomes []scenarios.Outcome `json:"thresholds"`
	Health   *Health             `json:"generator,omitempty"` // real runs only
	// Manifests tells how much parsing the viewers shared; nil when not measured.
	Manifests *manifest.Stats    `json:"manifests,omitempty"`
	Repeat    Repeat             `json:"repeat"`
	Metrics   map[string]float64 `json:"metrics"`        // set by JSON: Summary.Metrics
	Herd      *qoe.Herd          `json:"herd,omitempty"` // set by JSON: Summary.Herd
	Scenario  scenarios.Scenario `json:"scenario"`
	Summary   *qoe.Summary       `json:"summary"`
}

// Repeat is how to run the same again.
type Repeat struct {
	Command string `json:"command"` // as typed, the seed added
	File    string `json:"file"`    // the scenario as a file for soak run, overrides included
}

// Seconds is a duration that JSON shows as a number of seconds.
type Seconds time.Duration

// MarshalJSON writes seconds with at most nine decimals.
func (s Seconds) MarshalJSON() ([]byte, error) { return json.Marshal(time.Duration(s).Seconds()) }

// UnmarshalJSON reads seconds.
func (s *Seconds) UnmarshalJSON(data []byte) error {
	var v float64
	if err := json.Unmarshal(data, &v); err != nil {
		return fmt.Errorf("seconds: %w", err)
	}
	*s = Seconds(math.Round(v * float64(time.Second)))
	return nil
}
