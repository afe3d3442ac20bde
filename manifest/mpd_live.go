package manifest

import (
	"strings"
	"time"
)

// readLive answers, in the terms of both formats, when to ask again, how far
// from the live edge to play, and whom to ask for the way.
func (r *mpdReader) readLive(side *sideMPD) {
	t := r.timing
	if r.dynamic && t.MinimumUpdatePeriod >= 0 {
		r.doc.Reload = Reload{Live: true, Changed: t.MinimumUpdatePeriod, Unchanged: t.MinimumUpdatePeriod}
	}
	if r.doc.Latency.Target = t.TargetLatency; t.TargetLatency == 0 {
		r.doc.Latency.Target = t.SuggestedDelay
	}
}

// readServices is the ServiceDescriptions (annex K): of several values the first.
func (r *mpdReader) readServices(side *sideMPD) *Error {
	steering := side.Steering
	for _, s := range side.Services {
		steering = append(steering, s.Steering...)
		for _, l := range s.Latency {
			for _, v := range []struct {
				name, text string
				into       *time.Duration
			}{
				{"Latency@target", l.Target, &r.timing.TargetLatency},
				{"Latency@min", l.Min, &r.doc.Latency.Min},
				{"Latency@max", l.Max, &r.doc.Latency.Max},
			} {
				d, bad := optionalSeconds(v.name, v.text)
				if bad != nil {
					return bad.on(s.Line)
				}
				if *v.into == 0 {
					*v.into = d / 1000 // milliseconds
				}
			}
		}
		for _, p := range s.Rate {
			if bad := r.readRates(p.Min, p.Max); bad != nil {
				return bad.on(s.Line)
			}
		}
	}
	return r.readSteering(steering)
}

func (r *mpdReader) readRates(min, max string) *Error {
	for _, v := range []struct {
		name, text string
		into       *float64
	}{
		{"PlaybackRate@min", min, &r.doc.Latency.MinRate},
		{"PlaybackRate@max", max, &r.doc.Latency.MaxRate},
	} {
		rate, bad := optionalSeconds(v.name, v.text)
		if bad != nil {
			return bad
		}
		if *v.into == 0 {
			*v.into = rate.Seconds()
		}
	}
	return nil
}

// readSteering is ContentSteering (ETSI TS 103 998); of several the first.
func (r *mpdReader) readSteering(all []sideSteering) *Error {
	if len(all) == 0 {
		return nil
	}
	s := all[0]
	server, bad := r.reference("ContentSteering", s.Server, s.Line)
	if bad != nil {
		return bad
	}
	pathway, _, _ := strings.Cut(strings.TrimSpace(s.Default), " ")
	r.doc.Steering = &Steering{Server: server, Pathway: pathway, First: isTrue(s.First)}
	return nil
}

func isTrue(text string) bool {
	text = strings.TrimSpace(text)
	return text == "true" || text == "1"
}
