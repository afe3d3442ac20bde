package reports

import (
	"fmt"
	"time"
)

// Health is what the generator noticed about itself.
type Health struct {
	LatenessP50 Seconds `json:"latenessSecondsP50"` // how late timers ran
	LatenessP99 Seconds `json:"latenessSecondsP99"`
	LatenessMax Seconds `json:"latenessSecondsMax"`
	DispatchP50 Seconds `json:"dispatchSecondsP50"` // how long requests waited before they were on their way
	DispatchP99 Seconds `json:"dispatchSecondsP99"`
	DispatchMax Seconds `json:"dispatchSecondsMax"`
	ArrivalP50  Seconds `json:"arrivalSecondsP50"` // how much later than meant viewers came
	ArrivalP99  Seconds `json:"arrivalSecondsP99"`
	ArrivalMax  Seconds `json:"arrivalSecondsMax"`
	CPU         float64 `json:"cpu"`             // share of CPUs used, 0 to 1
	CPUs        int     `json:"cpus"`            // cores it was allowed
	GC          float64 `json:"gc"`              // share of CPUs used for garbage
	Paused      float64 `json:"paused"`          // share of the time in which garbage collection stopped everything
	PauseMax    Seconds `json:"pauseSecondsMax"` // for how long at most
	Files       int     `json:"files"`           // most descriptors open at once; 0 where that is not known
	FilesMax    int     `json:"filesMax"`        // that could have been open

	Dials       int64      `json:"dials"`
	DialsFailed int64      `json:"dialsFailed"` // for want of local ports, descriptors or memory
	Shortages   []Shortage `json:"shortages,omitempty"`
	Transport   string     `json:"transport,omitempty"` // what requests went over: lean, net/http, or both
	Warnings    []string   `json:"warnings,omitempty"`  // what was doubtful before the run began
	Saturated   []string   `json:"saturated,omitempty"`
	// Course is the same slice by slice.
	Course *HealthCourse `json:"course,omitempty"`
}

// Shortage is an error by which the machine, not the target, kept connections from being
// made or used.
type Shortage struct {
	Error string  `json:"error"` // EMFILE
	Count int64   `json:"count"`
	First Seconds `json:"firstSeconds"` // scenario time
}

// HealthCourse has a figure for each slice of so many seconds.
type HealthCourse struct {
	Seconds     Seconds   `json:"seconds"`
	CPU         []float64 `json:"cpu"`
	LatenessP99 []Seconds `json:"latenessSecondsP99"`
	LatenessMax []Seconds `json:"latenessSecondsMax"`
	DispatchP99 []Seconds `json:"dispatchSecondsP99,omitempty"`
	GC          []float64 `json:"gc,omitempty"`
	Paused      []float64 `json:"paused,omitempty"`
	Files       []int     `json:"files,omitempty"`
	Shortages   []int64   `json:"shortages,omitempty"`
}

// watched tells whether the generator looked at more than its timers and its processor.
func (h *Health) watched() bool {
	return h.DispatchMax > 0 || h.ArrivalMax > 0 || h.GC > 0 || h.FilesMax > 0
}

func (p *page) health(r Report) {
	p.line("")
	if h := r.Health; h != nil {
		items := []string{fmt.Sprintf("timers late p50 %s", span(time.Duration(h.LatenessP50))),
			"p99 " + span(time.Duration(h.LatenessP99)), "max " + span(time.Duration(h.LatenessMax)),
			fmt.Sprintf("%.0f %% of %s", 100*h.CPU, plural(int64(h.CPUs), "core", "cores")),
			plural(h.Dials, "connection", "connections") + by(h.Transport)}
		if h.watched() {
			items = append(items, late("requests", h.DispatchP99, h.DispatchMax), late("viewers", h.ArrivalP99, h.ArrivalMax),
				fmt.Sprintf("%.1f %% for garbage, pauses up to %s", 100*h.GC, span(time.Duration(h.PauseMax))))
		}
		if h.FilesMax > 0 && h.Files > 0 {
			items = append(items, fmt.Sprintf("%s of %s descriptors", number(int64(h.Files)), number(int64(h.FilesMax))))
		}
		p.facts("Generator", items...)
		label := "Doubtful"
		for _, w := range h.Warnings {
			p.list(label, []string{clean(w)})
			label = ""
		}
	}
	if m := r.Manifests; m != nil && m.Lookups > 0 {
		p.facts("Manifests", number(m.Lookups)+" read", fmt.Sprintf("%.1f %% of them parsed before", 100*m.HitRate()))
	}
}

func late(what string, p99, most Seconds) string {
	return fmt.Sprintf("%s late p99 %s, max %s", what, span(time.Duration(p99)), span(time.Duration(most)))
}

// by is the transport behind connections, where it is known.
func by(transport string) string {
	if transport == "" {
		return ""
	}
	return " by " + transport
}

// doubtful is what was said before the run began.
func doubtful(h *Health) []notice {
	if h == nil || len(h.Warnings) == 0 {
		return nil
	}
	n := notice{Title: "Doubtful before it began"}
	for _, w := range h.Warnings {
		n.Items = append(n.Items, shortened(w))
	}
	return []notice{n}
}

func healthTiles(r *Report) []tile {
	h := r.Health
	if h == nil {
		return nil
	}
	tiles := []tile{
		{"Timers late", span(time.Duration(h.LatenessP99)), "99 % were less; at most " + span(time.Duration(h.LatenessMax))},
		{"Processor", fmt.Sprintf("%.0f %%", 100*h.CPU), "of " + plural(int64(h.CPUs), "core", "cores")},
		{"Connections", number(h.Dials), number(h.DialsFailed) + " failed for want of ports, descriptors or memory"},
	}
	if h.watched() {
		tiles = append(tiles,
			tile{"Requests late", span(time.Duration(h.DispatchP99)), "99 % were less; at most " + span(time.Duration(h.DispatchMax))},
			tile{"Viewers late", span(time.Duration(h.ArrivalP99)), "99 % were less; at most " + span(time.Duration(h.ArrivalMax))},
			tile{"Garbage", fmt.Sprintf("%.1f %%", 100*h.GC), "of the cores’ time; everything stopped for " + span(time.Duration(h.PauseMax)) + " at most"})
	}
	if h.FilesMax > 0 && h.Files > 0 {
		tiles = append(tiles, tile{"Descriptors", number(int64(h.Files)), "at once, of " + number(int64(h.FilesMax))})
	}
	return tiles
}
