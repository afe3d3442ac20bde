package player

import (
	"fmt"

	"soak/manifest"
)

// patches is how a manifest is kept fresh by the changes alone (ISO/IEC 23009-1
// clause 5.15; src/streaming/ManifestUpdater.js, refreshManifest and _update). The
// manifest in memory stays the base of it all, its URL too: so what a token's
// rewriting wrote into the URL of the whole manifest stays in every URL that is made
// from it, however many patches come, where whole manifests renew it each time.
type patches struct {
	text   []byte // the manifest so far; nil when it names no PatchLocation
	asked  bool   // what is under way was asked for at a PatchLocation
	refuse bool   // the next is to be a whole one
}

// refreshAt is where the next manifest is asked for: at the first PatchLocation that
// has not expired, by the viewer's own clock, else as [refreshURL] says.
func (u *mpdUpdater) refreshAt() string {
	p := u.d.p
	u.patches.asked = false
	if published := p.DASH.PublishTime; !u.patches.refuse && !published.IsZero() {
		for _, l := range p.DASH.PatchLocations {
			if l.TTL == 0 || u.d.w.Date().Before(published.Add(l.TTL)) {
				u.patches.asked = true
				return p.Resolve(l.Ref)
			}
		}
	}
	u.patches.refuse = false
	return u.d.refreshURL()
}

// read is the manifest in an answer, which may be a patch of the one in memory. One
// that does not apply gives nil: a whole manifest is asked for at once.
func (u *mpdUpdater) read(r *Response) (*manifest.Presentation, error) {
	url, body := r.URL, r.Body
	if u.patches.asked && manifest.IsPatch(body) {
		patched, err := manifest.Patch(u.patches.text, body)
		if err != nil {
			u.d.note(fmt.Sprintf("the manifest's patch is of no use, a whole one is asked for: %v", err))
			u.patches.refuse = true
			u.ask(u.refreshAt())
			return nil, nil
		}
		url, body = manifest.AddressOf(u.d.p.URL), patched
	}
	p, err := u.d.w.Parse(url, r.ContentType, body)
	if err != nil {
		return nil, err
	}
	if err := playableMPD(p); err != nil {
		return nil, err
	}
	if u.patches.text = nil; len(p.DASH.PatchLocations) > 0 {
		u.patches.text = body
	}
	return p, nil
}
