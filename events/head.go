package events

import (
	"encoding/json"
	"time"

	"soak/manifest"
	"soak/qoe"
	"soak/scenarios"
)

// Schema names the layout of the file. Its number grows when a field changes its
// meaning or goes; new fields and new kinds of lines do not raise it.
const Schema = "soak/events/1"

// Head is the first line: what was run.
type Head struct {
	Soak    string    `json:"soak"` // version that ran it
	Virtual bool      `json:"virtual"`
	Started time.Time `json:"started"`           // scenario time zero, from which all instants count
	Command string    `json:"command"`           // that repeats the run
	File    string    `json:"file"`              // the scenario as a file for soak run
	Diaries bool      `json:"diaries,omitempty"` // viewers kept diaries, for the page
	// Scenario is what was run, as summary.json has it.
	Scenario scenarios.Scenario `json:"scenario"`
}

type headLine struct {
	Event  string `json:"event"` // run
	Schema string `json:"schema"`
	Head
}

// viewerLine tells who comes.
type viewerLine struct {
	Event  string `json:"event"` // viewer
	Viewer int    `json:"viewer"`
	qoe.Labels
}

// causesLine tells what a viewer's troubles are due to.
type causesLine struct {
	Event  string     `json:"event"` // causes
	Viewer int        `json:"viewer"`
	Causes qoe.Causes `json:"causes"`
}

// endLine is the last one: without it the file is not whole.
type endLine struct {
	Event       string     `json:"event"` // end
	Lines       int64      `json:"lines"` // in all, the first and the last included
	Viewers     int        `json:"viewers"`
	Interrupted bool       `json:"interrupted,omitempty"`
	Elapsed     seconds    `json:"elapsedSeconds"`
	Aborted     *abortLine `json:"aborted,omitempty"`
	// What somebody did to the run while it was under way, and the scenario with the
	// faults that were injected, if any.
	ByHand    []handLine          `json:"byHand,omitempty"`
	Scenario  *scenarios.Scenario `json:"scenario,omitempty"`
	File      string              `json:"file,omitempty"`
	Generator json.RawMessage     `json:"generator,omitempty"` // fleet.Health of real runs, durations in nanoseconds
	Manifests manifest.Stats      `json:"manifests"`
}

// handLine is a fleet.Intervention.
type handLine struct {
	At   seconds `json:"atSeconds"`
	What string  `json:"what"`
}

// abortLine is how a threshold ended the run.
type abortLine struct {
	Threshold int               `json:"threshold"`
	At        seconds           `json:"atSeconds"`
	Outcome   scenarios.Outcome `json:"outcome"`
}

func abort(l *abortLine) *scenarios.Abort {
	return &scenarios.Abort{Threshold: l.Threshold, At: time.Duration(l.At), Outcome: l.Outcome}
}
