package fleet

import "time"

// Health is what the generator noticed about itself. Virtual runs have none: the
// zero Health is healthy.
type Health struct {
	LatenessP50 time.Duration `json:"latenessP50"` // how late timers ran
	LatenessP99 time.Duration `json:"latenessP99"`
	LatenessMax time.Duration `json:"latenessMax"`
	// Dispatch is the time between a player's asking and its request's being on its way:
	// what Go takes to let it go, not what a browser or a network takes.
	Dispatch Delay `json:"dispatch,omitzero"`
	// Arrival is how much later than meant viewers came.
	Arrival Delay   `json:"arrival,omitzero"`
	CPU     float64 `json:"cpu"`  // share of the allowed cores used, lab included when embedded
	CPUs    int     `json:"cpus"` // GOMAXPROCS

	GC       float64       `json:"gc,omitempty"`       // share of the allowed cores spent on garbage
	Paused   float64       `json:"paused,omitempty"`   // share of the time in which the collector stopped everything
	PauseMax time.Duration `json:"pauseMax,omitempty"` // its longest stop, about
	Files    int           `json:"files,omitempty"`    // most descriptors open at once; 0 where that is not known
	FilesMax int           `json:"filesMax,omitempty"` // that this process may have open

	Dials       int64      `json:"dials"`
	DialsFailed int64      `json:"dialsFailed"` // for want of local resources (ports, descriptors), not refused by the target
	Shortages   []Shortage `json:"shortages,omitempty"`
	Transport   string     `json:"transport,omitempty"` // what requests went over: lean, net/http, or both
	// Stopped says why the run was ended for the sake of a host that has not consented to
	// it; "" when none was met.
	Stopped string `json:"stopped,omitempty"`
	// Warnings are what was doubtful about the run before it began, one line each.
	Warnings []string `json:"warnings,omitempty"`

	// Course is the same slice by slice, each so wide: when the generator had much to do.
	// The last may be narrower: the run has come as far as Until in scenario time.
	Every  time.Duration `json:"every"`
	Course []Strain      `json:"course"`
	Until  time.Duration `json:"until,omitempty"`
}

// Strain is what the generator noticed in a slice of the run.
type Strain struct {
	CPU         float64       `json:"cpu"` // share of the allowed cores used
	LatenessP99 time.Duration `json:"latenessP99"`
	LatenessMax time.Duration `json:"latenessMax"`
	DispatchP99 time.Duration `json:"dispatchP99,omitempty"`
	GC          float64       `json:"gc,omitempty"`
	Paused      float64       `json:"paused,omitempty"`
	Files       int           `json:"files,omitempty"`     // open at its end
	Shortages   int64         `json:"shortages,omitempty"` // connections that failed for want of something
}
