package player

import (
	"strings"

	"soak/manifest"
)

// The places where the originals let an application touch a request's URL. What
// is hooked in elsewhere is never called and never complains.
const (
	LoaderHook        = "loader"         // hls.js: config.loader, before the XHR opens; pLoader, fLoader alike
	ModifyRequestHook = "modify-request" // dash.js 4.5 to 4.7: extend("RequestModifier"), modifyRequest
	InterceptorHook   = "interceptor"    // dash.js 5: addRequestInterceptor
)

// Format is the family of manifests that the player reads.
func (c Config) Format() manifest.Format {
	if c.Profile == DashJS {
		return manifest.DASH
	}
	return manifest.HLS
}

// Label names the player and its release for people: "hls.js 1.7".
func (c Config) Label() string {
	if c.Profile == DashJS {
		return "dash.js " + c.release("5.2")
	}
	return "hls.js " + c.release("1.7")
}

// Has tells whether this player in this release calls what is hooked in there.
func (c Config) Has(hook string) bool {
	switch hook {
	case LoaderHook:
		return c.Profile != DashJS
	case ModifyRequestHook:
		return c.Profile == DashJS && strings.HasPrefix(c.release("5.2"), "4.")
	case InterceptorHook:
		return c.Profile == DashJS && strings.HasPrefix(c.release("5.2"), "5.")
	}
	return false
}

func (c Config) release(newest string) string {
	if c.Version == "" {
		return newest
	}
	return c.Version
}
