package lab

import (
	"fmt"
	"net/http"
)

// Headers is what answers lack. Soak's own viewers read headers whatever CORS
// says, as apps that are no web pages do; browsers do not. The zero Headers lack
// nothing: pages of any origin may read answers, Date included.
type Headers struct {
	// NoDate leaves Date out.
	NoDate bool `yaml:"noDate,omitempty" json:"noDate,omitempty"`
	// CORS is which answers a page of another origin may read: "" = all, "no-date" (all,
	// but not their Date), "no-refusals" (those with a status below 400) or "none".
	CORS string `yaml:"cors,omitempty" json:"cors,omitempty"`
}

const (
	corsNoDate     = "no-date"
	corsNoRefusals = "no-refusals"
	corsNone       = "none"
)

func (h Headers) validate() error {
	switch h.CORS {
	case "", corsNoDate, corsNoRefusals, corsNone:
		return nil
	}
	return fmt.Errorf("headers.cors %.40q: use no-date, no-refusals or none, or leave it out", h.CORS)
}

// allow lets pages read an answer, as far as they may.
func (h Headers) allow(header http.Header, r *http.Request) {
	if h.CORS == corsNone {
		return
	}
	allowOrigins(header, r)
	if h.CORS == corsNoDate {
		header["Access-Control-Expose-Headers"] = exposedLess
	}
}

// withhold takes back what an answer of this status lacks.
func (h Headers) withhold(header http.Header, status int) {
	if h.NoDate {
		header["Date"] = nil // net/http would add its own
	}
	if h.CORS == corsNoRefusals && status >= 400 {
		delete(header, "Access-Control-Allow-Origin")
		delete(header, "Access-Control-Expose-Headers")
		delete(header, "Timing-Allow-Origin")
	}
}
