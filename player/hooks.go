package player

import (
	"strconv"
	"strings"

	"soak/qoe"
)

// The places where players let an application touch a request's URL. What is
// hooked in where a player has no such place is never called and never complains.
//
//	hook                player            called             requests it never sees
//	loader              hls.js            once a load        licences
//	xhr-setup           hls.js            every attempt      licences
//	modify-request-url  dash.js 3, 4      every attempt      clocks, licences
//	modify-request      dash.js 4.5-4.7   every attempt      clocks, licences
//	interceptor         dash.js 5         every attempt      clocks, licences
//	interceptor         generic           every attempt      licences
//
// Licences (and with dash.js server certificates) go out by an XHR of the DRM
// code's own.
const (
	LoaderHook           = "loader"             // config.loader, before the XHR opens; pLoader, fLoader alike
	XHRSetupHook         = "xhr-setup"          // config.xhrSetup, which opens the XHR itself
	ModifyRequestURLHook = "modify-request-url" // extend("RequestModifier"), modifyRequestURL
	ModifyRequestHook    = "modify-request"     // extend("RequestModifier"), modifyRequest
	InterceptorHook      = "interceptor"        // addRequestInterceptor
)

// Has tells whether this player in this release calls what is hooked in there.
func (c Config) Has(hook string) bool {
	major, minor := c.series()
	if c.Profile == Generic {
		return hook == InterceptorHook
	}
	dash := c.Profile == DashJS
	switch hook {
	case LoaderHook, XHRSetupHook:
		return !dash
	case ModifyRequestURLHook:
		return dash && major < 5
	case ModifyRequestHook: // older releases drop it without a word (FactoryMaker.js, merge)
		return dash && major == 4 && minor >= 5
	case InterceptorHook:
		return dash && major >= 5
	}
	return false
}

// Passes tells whether a request passes that hook. dash.js asks clocks, licences and
// certificates by XHRs of their own (src/streaming/controllers/TimeSyncController.js,
// protection/controllers/ProtectionController.js); everything else goes through its
// HTTPLoader, as all of hls.js but licences goes through config.loader.
func (c Config) Passes(hook string, req Request) bool {
	switch {
	case !c.Has(hook):
		return false
	case c.Profile == Generic:
		return true
	case c.Profile == DashJS:
		return req.Kind != qoe.Timing && req.Kind != qoe.License
	}
	return req.Kind != qoe.Timing && !req.Post
}

// Keeps tells that what the hook makes of a URL stays with the request: it is
// called once a load, not when the loader itself asks again, and hls.js finds the
// rewritten URL in the loader's context (F4, H24).
func (c Config) Keeps(hook string) bool { return hook == LoaderHook && c.Has(hook) }

// series is the release's major and minor number.
func (c Config) series() (major, minor int) {
	newest := "1.7"
	if c.Profile == DashJS {
		newest = dashVersion52
	}
	first, rest, _ := strings.Cut(c.release(newest), ".")
	second, _, _ := strings.Cut(rest, ".")
	major, _ = strconv.Atoi(first) // what is no number is refused when the player is made
	minor, _ = strconv.Atoi(second)
	return major, minor
}
