package audit

import (
	"context"
	"net/http"
	"strings"
	"time"

	"soak/manifest"
	"soak/token"
)

// openStream fetches the manifest as a viewer would.
func (a *audit) openStream(ctx context.Context) bool {
	a.renew(ctx)
	address, why := a.address(a.answer.URL, a.answer.Grant)
	if why != "" {
		a.add(checkOpens, Unknown, "%s", why)
		return false
	}
	a.report.Edge = hostOf(address)
	r, err := a.askEdge(ctx, address, Question{})
	if err != nil {
		a.add(checkOpens, Fail, "%v", err)
		return false
	}
	if r.Status != 200 {
		a.add(checkOpens, Fail, "the edge answers a token just had with %d", r.Status)
		return false
	}
	p, err := manifest.Parse(r.URL, r.Header.Get("Content-Type"), r.Body)
	if err != nil {
		a.add(checkOpens, Fail, "%v", err)
		return false
	}
	a.add(checkOpens, Pass, "a token just had opens the manifest")
	a.stream = stream{manifest: address, grant: a.answer.Grant}
	a.judgeEdgeHeaders(r)
	a.judgeClocks()
	a.findChildren(ctx, p)
	return true
}

// renew gets another token where the one there is will soon be over: what is asked
// of the edge takes some seconds.
func (a *audit) renew(ctx context.Context) {
	left := a.answer.Grant.Life(a.clock.Now().Add(a.apiClock.mid()))
	if left > 10*time.Second {
		return
	}
	if _, x, err := a.call(ctx, a.usual()); err == nil && good(x) {
		a.answer = x
	}
}

// address is the manifest's URL under a grant: the API's own, or the one given.
func (a *audit) address(fromAPI string, g token.Grant) (address, why string) {
	if a.cfg.URL == "" {
		if fromAPI == "" {
			return "", "the API names no URL: name the stream's"
		}
		return fromAPI, ""
	}
	at, ok := token.Locate(a.cfg.URL)
	old := at.Grant
	if !ok {
		if old, ok = token.Find(a.cfg.URL); !ok {
			return "", "the stream's URL has no place for a token"
		}
	}
	return swapped(a.cfg.URL, old, g), ""
}

// swapped is a URL with another grant in the place of one, wherever it stands.
func swapped(address string, old, g token.Grant) string {
	was, is := old.Pair(), g.Pair()
	if pair := "/" + was.Token + "/" + was.Expires + "/"; strings.Contains(address, pair) {
		return strings.Replace(address, pair, "/"+is.Token+"/"+is.Expires+"/", 1)
	}
	return strings.ReplaceAll(strings.ReplaceAll(address, was.Token, is.Token), was.Expires, is.Expires)
}

func (a *audit) judgeEdgeHeaders(r Reply) {
	pages, _ := readable(r.Header)
	a.stream.cors = pages
	if pages {
		a.add(checkEdgeCORS, Pass, "pages of other origins can read manifests")
	} else {
		a.add(checkEdgeCORS, Warn, "pages of another origin cannot play it: no Access-Control-Allow-Origin")
	}
	switch _, err := http.ParseTime(r.Header.Get("Date")); {
	case err != nil:
		a.add(checkEdgeDate, Warn, "no Date: its clock cannot be held against the token API's")
	case pages && !exposes(r.Header, "Date"):
		a.add(checkEdgeDate, Warn, "pages cannot read Date, by which dash.js sets its clock where there is no other")
	default:
		a.add(checkEdgeDate, Pass, "there")
	}
}

// judgeClocks holds the edge's clock against the token API's.
func (a *audit) judgeClocks() {
	api, edge := a.apiClock, a.edgeClock
	if !api.known || !edge.known {
		a.add(checkClocks, Unknown, "one of the two tells no Date")
		return
	}
	ahead, behind := edge.low-api.high, api.low-edge.high
	switch {
	case ahead > time.Second:
		a.add(checkClocks, Warn, "the edge is %.1f s ahead of the token API, at least: tokens live shorter by that", ahead.Seconds())
	case behind > time.Second:
		a.add(checkClocks, Warn, "the edge is %.1f s behind the token API, at least: tokens live longer by that", behind.Seconds())
	default:
		a.add(checkClocks, Pass, "the edge's and the token API's agree within what Date tells")
	}
}

// findChildren finds the URLs of a playlist and of a segment.
func (a *audit) findChildren(ctx context.Context, p *manifest.Presentation) {
	rendition := largest(p)
	if rendition == nil {
		return
	}
	if playlist := rendition.Playlist; playlist.URI != "" {
		a.stream.playlist = p.Resolve(playlist)
		r, err := a.askEdge(ctx, a.stream.playlist, Question{})
		if err != nil || r.Status != 200 {
			return
		}
		if p, err = manifest.ParseChild(p, r.URL, r.Header.Get("Content-Type"), r.Body); err != nil {
			return
		}
		if rendition = largest(p); rendition == nil {
			return
		}
	}
	a.stream.segment = segmentOf(p, rendition, a.clock.Now().Add(a.edgeClock.mid()))
}

// largest is the video rendition with the most bits, or else the first there is.
func largest(p *manifest.Presentation) (best *manifest.Rendition) {
	for i := range p.Periods {
		for j := range p.Periods[i].Sets {
			for k := range p.Periods[i].Sets[j].Renditions {
				r := &p.Periods[i].Sets[j].Renditions[k]
				if r.Playlist.URI == "" && r.Segments == nil {
					continue
				}
				if best == nil || r.Bandwidth > best.Bandwidth {
					best = r
				}
			}
		}
	}
	return best
}

// segmentOf is the URL of a late segment of the window: one that will be there for
// longest.
func segmentOf(p *manifest.Presentation, r *manifest.Rendition, now time.Time) string {
	if r.Segments == nil {
		return ""
	}
	first, end := r.Segments.Window(now)
	if end <= first {
		return ""
	}
	s, ok := r.Segments.Number(max(first, end-2))
	if !ok {
		return ""
	}
	return p.Resolve(s.Ref)
}

// lookAtEdge sends requests that an edge has to refuse.
func (a *audit) lookAtEdge(ctx context.Context) {
	s := a.stream
	a.lookAtBadToken(ctx)
	later := s.grant
	later.Expires += 3600
	r, err := a.askEdge(ctx, swapped(s.manifest, s.grant, later), Question{})
	switch {
	case err != nil:
		a.add(checkSigned, Unknown, "%v", err)
	case r.Status < 400:
		a.add(checkSigned, Fail, "an hour was added to expires and the token still taken: anybody can make it live on")
	default:
		a.add(checkSigned, Pass, "%d for a token whose expires was changed", r.Status)
	}
	a.lookAtOtherVideo(ctx)
	a.lookAtChild(ctx, checkPlaylist, s.playlist, "no playlist but the manifest")
	a.lookAtChild(ctx, checkSegment, s.segment, "no segment was found in the manifest")
}

func (a *audit) lookAtBadToken(ctx context.Context) {
	s := a.stream
	r, err := a.askEdge(ctx, swapped(s.manifest, s.grant, spoilt(s.grant)), Question{})
	if err != nil {
		a.add(checkBad, Unknown, "%v", err)
		a.add(checkRefusal, Unknown, "%v", err)
		return
	}
	if r.Status < 400 {
		a.add(checkBad, Fail, "%d: the edge does not look at the token", r.Status)
		a.add(checkRefusal, Unknown, "nothing was refused")
		return
	}
	a.add(checkBad, Pass, "%d", r.Status)
	if pages, _ := readable(r.Header); !pages && a.stream.cors {
		a.add(checkRefusal, Warn, "pages cannot read refusals: players see a network error, not the %d (nginx: add_header … always)", r.Status)
	} else {
		a.add(checkRefusal, Pass, "refusals can be read like manifests")
	}
}

// spoilt is a token of the same form that is wrong.
func spoilt(g token.Grant) token.Grant {
	last := g.Token[len(g.Token)-1]
	for _, other := range []byte("Aa0") {
		if other != last {
			// In base64 the last character may hold bits that decoders drop: the first as well.
			g.Token = string(other) + g.Token[1:len(g.Token)-1] + string(other)
			break
		}
	}
	return g
}

// inventedVideo is a name that no video has.
const inventedVideo = "soak-audit-no-such-video"

// lookAtOtherVideo uses the token for a video that it was not made for.
func (a *audit) lookAtOtherVideo(ctx context.Context) {
	s := a.stream
	at, ok := token.Locate(s.manifest)
	if !ok || at.Video == "" {
		a.add(checkVideo, Unknown, "the URL is not laid out as /videos/ACCOUNT_VIDEO/TOKEN/EXPIRES/…")
		return
	}
	other := or(a.cfg.Other, inventedVideo)
	there := strings.Replace(s.manifest, at.Client+"_"+at.Video+"/", at.Client+"_"+other+"/", 1)
	r, err := a.askEdge(ctx, there, Question{})
	switch {
	case err != nil:
		a.add(checkVideo, Unknown, "%v", err)
	case r.Status < 400:
		a.add(checkVideo, Fail, "the token opened another video too")
	case r.Status != 404:
		a.add(checkVideo, Pass, "%d for another video", r.Status)
	default:
		a.lookAtNoVideo(ctx, swapped(there, s.grant, spoilt(s.grant)))
	}
}

// lookAtNoVideo tells whether a 404 means that there is no such video, or that the
// token was good for it.
func (a *audit) lookAtNoVideo(ctx context.Context, there string) {
	r, err := a.askEdge(ctx, there, Question{})
	switch {
	case err != nil:
		a.add(checkVideo, Unknown, "%v", err)
	case r.Status != 404:
		a.add(checkVideo, Fail, "for a video that does not exist a good token is 404 and a wrong one %d: the token is good for it", r.Status)
	default:
		a.add(checkVideo, Unknown, "404 whatever the token: name another video that exists")
	}
}

// lookAtChild asks for what the manifest refers to, with a token that is wrong.
func (a *audit) lookAtChild(ctx context.Context, c check, address, none string) {
	s := a.stream
	if address == "" {
		a.add(c, Unknown, "%s", none)
		return
	}
	wrong, how := swapped(address, s.grant, spoilt(s.grant)), "with a wrong token"
	if wrong == address {
		how = "without a token, as the manifest has it"
	}
	r, err := a.askEdge(ctx, wrong, Question{Media: c == checkSegment})
	switch {
	case err != nil:
		a.add(c, Unknown, "%v", err)
	case r.Status < 400:
		a.add(c, Fail, "%d %s: whoever has the URL keeps it", r.Status, how)
	case r.Status == 404:
		a.add(c, Unknown, "404 %s: it may be gone, or be refused so", how)
	default:
		a.add(c, Pass, "%d %s", r.Status, how)
	}
}
