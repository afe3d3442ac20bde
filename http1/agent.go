package http1

import (
	"runtime/debug"
	"strings"
)

// Agent is the User-Agent of soak's requests. It tells whoever reads a server's logs
// which program this was, and what for.
func Agent(purpose string) string {
	version := "devel"
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		version = strings.Trim(info.Main.Version, "()")
	}
	return "soak/" + version + " (" + purpose + ")"
}
