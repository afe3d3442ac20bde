package player

import (
	"bytes"
	"fmt"
	"time"

	"soak/loop"
	"soak/manifest"
	"soak/qoe"
)

// links puts a manifest together of which parts stand elsewhere (xlink:href): first the
// periods, all at once, then the adaptation sets and event streams in what there is
// then. Only parts with xlink:actuate="onLoad" are asked for; of the others dash.js
// plays what stands in their place (src/streaming/controllers/XlinkController.js).
// Each manifest has all its parts asked for anew, with 1+1 tries half a second apart
// and no timeout, and is taken in when the last has come or failed.
//
// A part that cannot be had raises error 29, and what stands in its place counts. A
// link that is not absolute leads nowhere: dash.js puts "undefined" before it and asks
// the page's own server.
type links struct {
	u      *mpdUpdater
	answer Response // the manifest as far as it is put together
	began  time.Time
	deep   bool // past the periods
	parts  []*linkedPart

	missing bool // a part could not be had
}

// linkedPart is one part of a manifest on its way.
type linkedPart struct {
	remote  manifest.Remote
	load    *dashLoad
	nowhere loop.Timer
	came    bool
	failed  bool
	content []byte
}

var linkRetry = dashRetry{retries: 1, interval: 500 * time.Millisecond} // retryAttempts.XLinkExpansion, retryIntervals

// linked tells, without reading it, whether parts of a manifest may stand elsewhere.
func linked(body []byte) bool {
	return bytes.Contains(body, []byte(":href")) && !manifest.IsPatch(body)
}

// resolve asks for the parts of a manifest, and has it taken in when it is whole.
func (l *links) resolve(r *Response) {
	l.answer, l.began, l.deep, l.missing = *r, l.u.d.w.Now(), false, false
	l.ask()
}

// ask asks for the parts of one depth.
func (l *links) ask() {
	remotes, err := manifest.Remotes(l.answer.Body)
	if err != nil {
		remotes = nil // reading it will tell
	}
	l.parts = l.parts[:0]
	for _, r := range remotes {
		if r.OnLoad && l.asks(r.Element) {
			l.parts = append(l.parts, &linkedPart{remote: r})
		}
	}
	if len(l.parts) == 0 {
		l.next()
		return
	}
	for _, p := range l.parts {
		l.start(p)
	}
}

func (l *links) asks(element string) bool {
	if l.deep {
		return element == "AdaptationSet" || element == "EventStream"
	}
	return element == "Period"
}

func (l *links) start(p *linkedPart) {
	d := l.u.d
	if !absolute(p.remote.Ref.URI) {
		d.w.Set(&p.nowhere, linkRetry.interval, func() { l.came(p, &Response{Failure: qoe.NetworkFailure, Detail: "it is not absolute"}) })
		return
	}
	p.load = newDashLoad(&d.stopwatch, &d.script, func(r *Response) { l.came(p, r) })
	p.load.start(Request{URL: d.unmarked(p.remote.Ref, l.answer.URL.String()), Kind: qoe.Link}, d.retried(linkRetry))
}

// unmarked is a reference of a manifest that is not parsed yet.
func (d *dash) unmarked(r manifest.Ref, base string) manifest.Address {
	return (&manifest.Presentation{Document: &manifest.Document{}, URL: base}).Address(r)
}

// came is the end of one part's requests.
func (l *links) came(p *linkedPart, r *Response) {
	p.came, p.content = true, r.Body
	if p.failed = !r.OK(); p.failed {
		l.missing = true
		l.u.d.note(fmt.Sprintf("dash.js error 29: %s elsewhere not loaded: %s", p.remote.Element, because(r)))
	}
	for _, other := range l.parts {
		if !other.came {
			return
		}
	}
	if l.merge() {
		l.next()
	}
}

// merge puts the parts in. What they hold may be of no use: then dash.js stands in the
// middle of an exception, and the manifest is never taken in.
func (l *links) merge() bool {
	for _, p := range l.parts {
		var body []byte
		var err error
		if p.failed {
			body, err = manifest.Unlink(l.answer.Body, p.remote)
		} else {
			body, err = manifest.Dereference(l.answer.Body, p.remote, p.content)
		}
		if err != nil {
			l.u.fail(fmt.Sprintf("dash.js stands still: a %s that stands elsewhere cannot be put into the manifest: %v", p.remote.Element, err))
			return false
		}
		l.answer.Body = body
	}
	return true
}

// next goes deeper, or is done.
func (l *links) next() {
	if !l.deep {
		l.deep = true
		l.ask()
		return
	}
	r := l.answer
	l.answer, l.parts = Response{}, l.parts[:0]
	l.u.take(&r, l.u.d.w.Now().Sub(l.began))
}

// hollow is a manifest in which nothing is left to play, because parts are missing.
// Streams that play already go on with what they know until the next one
// (StreamController.js, _filterOutdatedStreams keeps the active one).
func (l *links) hollow(err error) {
	if l.missing = false; l.u.d.p == nil {
		l.u.fail("dash.js error 32: no stream in the manifest: " + err.Error())
		return
	}
	l.u.updating = false
	l.u.arm()
}

func (l *links) stop() {
	for _, p := range l.parts {
		p.nowhere.Stop()
		if p.load != nil {
			p.load.abort()
		}
	}
}
