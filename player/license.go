package player

import (
	"fmt"
	"time"

	"soak/loop"
	"soak/manifest"
	"soak/qoe"
)

// LicenseConfig is content that wants a licence, as far as requests and the picture
// go: nothing is decrypted. The DRM code of hls.js and dash.js asks by an XHR of its own,
// a POST that passes no hook (hls.js' certificate does pass config.loader), and so do
// the CDM's renewals, by the URL that the page gave at the beginning. The generic
// profile has none. The zero LicenseConfig is clear content.
type LicenseConfig struct {
	// URL is a reference beside the stream, which keeps its token: license, say. "" =
	// clear content.
	URL string `yaml:"url,omitempty" json:"url,omitempty"`
	// Certificate is that of the licence server, asked for first. "" = not needed.
	Certificate string `yaml:"certificate,omitempty" json:"certificate,omitempty"`
	// Renew is after how many seconds a licence is to be renewed, Retry how long after a
	// renewal that failed the CDM asks for it again (Widevine's renewal_delay_seconds and
	// renewal_retry_interval_seconds). 0 = never.
	Renew float64 `yaml:"renew,omitempty" json:"renew,omitempty"`
	Retry float64 `yaml:"retry,omitempty" json:"retry,omitempty"`
	// Life is how many seconds a licence is good for: then the picture stands. 0 = for
	// the session.
	Life float64 `yaml:"life,omitempty" json:"life,omitempty"`
}

func (c LicenseConfig) check(profile string) error {
	for _, v := range []struct {
		name  string
		value float64
	}{{"renew", c.Renew}, {"retry", c.Retry}, {"life", c.Life}} {
		if v.value != 0 && !(v.value >= 1 && v.value <= 1e6) { // NaN too
			return fmt.Errorf("player option license.%s is %v: use 1 to 1e6 seconds, or leave it out", v.name, v.value)
		}
	}
	switch {
	case c == LicenseConfig{}:
	case profile == Generic:
		return fmt.Errorf("player option license: the generic profile asks for none; use hlsjs or dashjs")
	case c.URL == "":
		return fmt.Errorf("player option license: needs a url, as in license: {url: license}")
	case c.Retry > 0 && c.Renew == 0:
		return fmt.Errorf("player option license.retry: nothing is renewed; set renew")
	case c.Life > 0 && c.Renew >= c.Life:
		return fmt.Errorf("player option license.renew is %v: renew before the licence ends, after %v s", c.Renew, c.Life)
	}
	return nil
}

// license is the licence of one session: it holds the picture while there is none.
// How it is asked for, and what is done without one, is the profile's.
type license struct {
	cfg              LicenseConfig
	w                World
	el               *element
	url, certificate string
	// ask sends a request, with the profile's retries, and calls done once.
	ask func(req Request, done func(*Response))
	// refused is what the profile does about a licence that it was not given.
	refused func(*Response)
	// certified is told how the request for the certificate ended.
	certified func(*Response)
	// expired is what the profile does at the end of a licence.
	expired func()

	begun bool
	renew loop.Timer
	end   loop.Timer
}

// newLicense is nil for clear content.
func newLicense(cfg LicenseConfig, w World, stream string) (*license, error) {
	if cfg.URL == "" {
		return nil, nil
	}
	l := &license{cfg: cfg, w: w}
	var err error
	if l.url, err = besides(stream, cfg.URL); err != nil {
		return nil, err
	}
	if cfg.Certificate != "" {
		if l.certificate, err = besides(stream, cfg.Certificate); err != nil {
			return nil, err
		}
	}
	return l, nil
}

// hold keeps the picture until the first licence has come.
func (l *license) hold(e *element) {
	if l != nil {
		l.el = e
		e.lock(true)
	}
}

// fetchCertificate asks for the certificate, if the content has one.
func (l *license) fetchCertificate() {
	if l.certificate == "" {
		l.certified(&Response{Status: 200})
		return
	}
	l.ask(Request{URL: manifest.AddressOf(l.certificate), Kind: qoe.License, Keep: true}, l.certified)
}

// fetch asks for a first licence, or for another one when that has ended.
func (l *license) fetch() { l.request(0) }

// again asks for a renewal.
func (l *license) again() { l.request(l.cfg.Retry) }

// request asks for a licence; if it is refused, again after so many seconds.
func (l *license) request(retry float64) {
	l.ask(Request{URL: manifest.AddressOf(l.url), Kind: qoe.License, Keep: true, Post: true}, func(r *Response) {
		if !r.OK() {
			l.after(&l.renew, retry, l.again)
			l.refused(r)
			return
		}
		l.after(&l.renew, l.cfg.Renew, l.again)
		l.after(&l.end, l.cfg.Life, l.over)
		l.el.lock(false)
	})
}

// over is the end of a licence, and of its session: no frame more is decrypted.
func (l *license) over() {
	l.renew.Stop()
	l.el.lock(true)
	l.expired()
}

func (l *license) after(t *loop.Timer, s float64, fn func()) {
	if t.Stop(); s > 0 {
		l.w.Set(t, seconds(s), fn)
	}
}

func (l *license) stop() {
	if l != nil {
		l.renew.Stop()
		l.end.Stop()
	}
}

// lock keeps the picture from moving, as a missing key does (waitingforkey), or lets it.
func (e *element) lock(on bool) {
	e.settle()
	e.locked = on
	e.reckonAnew()
	e.update()
}

// licenseTimeout is dash.js', for licences and certificates (ProtectionController.js,
// LICENSE_SERVER_REQUEST_DEFAULT_TIMEOUT). Both are tried 1+3 times a second apart.
const licenseTimeout = 8 * time.Second

// protect readies dash.js for content that wants a licence. The certificate does not
// hold the licence up, and nothing comes of it if it is refused.
func (d *dash) protect(cfg LicenseConfig) (err error) {
	if d.license, err = newLicense(cfg, d.w, d.url); d.license == nil {
		return err
	}
	retry := dashRetry{3, time.Second, licenseTimeout}
	d.license.ask = func(req Request, done func(*Response)) {
		var load *dashLoad
		load = newDashLoad(&d.stopwatch, &d.script, func(r *Response) {
			d.licenses = without(d.licenses, load)
			done(r)
		})
		d.licenses = append(d.licenses, load)
		load.start(req, retry)
	}
	d.license.refused = func(r *Response) {
		d.note("dash.js error 114: no licence: " + because(r))
	}
	d.license.certified = func(r *Response) {
		if !r.OK() {
			d.note("certificate of the licence server not had: " + because(r))
		}
	}
	d.license.expired = func() { d.note("the licence has ended: the picture stands") }
	return nil
}

// askLicense is done when the first streams are set up.
func (d *dash) askLicense() {
	if l := d.license; l != nil {
		l.fetchCertificate()
		l.fetch()
	}
}

func (d *dash) stopLicense() {
	d.license.stop()
	for _, load := range d.licenses {
		load.abort()
	}
}

func without(list []*dashLoad, one *dashLoad) []*dashLoad {
	kept := list[:0]
	for _, l := range list {
		if l != one {
			kept = append(kept, l)
		}
	}
	return kept
}

// protect readies hls.js for content that wants a licence: the certificate first, by
// the loader (certLoadPolicy: once, 8 s to the first byte), then the licence. A 4xx is
// fatal at once; anything else is tried again at once, as often as keyLoadPolicy says,
// without a timeout. At the end of a licence another one is asked for
// (eme-controller.ts, fetchServerCertificate, requestLicense, renewKeySession).
func (h *hls) protect(cfg LicenseConfig) (err error) {
	if h.license, err = newLicense(cfg, h.w, h.url); h.license == nil {
		return err
	}
	h.license.ask = func(req Request, done func(*Response)) {
		policy := &LoadPolicy{}
		if !req.Post {
			policy = &LoadPolicy{MaxTimeToFirstByteMs: 8000, MaxLoadTimeMs: 20000}
		}
		h.tryLicense(req, policy, done)
	}
	h.license.certified = func(r *Response) {
		if !r.OK() {
			h.fail(qoe.License, "keySystemServerCertificateRequestFailed: "+because(r))
			return
		}
		h.license.fetch()
	}
	h.license.refused = func(r *Response) {
		h.fail(qoe.License, "keySystemLicenseRequestFailed: "+because(r))
	}
	h.license.expired = func() { // also after a fatal error, which ends loading alone
		h.note("the licence has ended: the picture stands, another one is asked for")
		h.license.fetch()
	}
	return nil
}

func (h *hls) tryLicense(req Request, policy *LoadPolicy, done func(*Response)) {
	req.Attempt++
	h.licenseLoad = h.loads.start(&req, policy, func(o *hlsOutcome) {
		h.licenseLoad = nil
		again := req.Post && !o.OK() && (o.Status < 400 || o.Status > 499) && req.Attempt <= h.opt.key.ErrorRetry.MaxNumRetry
		if again {
			h.tryLicense(req, policy, done)
			return
		}
		done(o.Response)
	})
}

// askLicense is done with the first playlist, which names the key.
func (h *hls) askLicense() {
	if l := h.license; l != nil && !l.begun {
		l.begun = true
		l.fetchCertificate()
	}
}

// stopLicense also ends the renewals: the application that stops has destroyed the player.
func (h *hls) stopLicense() {
	h.license.stop()
	h.licenseLoad.cancel()
	h.licenseLoad = nil
}
