package audit

// check is something that is looked at.
type check struct{ id, about, hazard string }

// What is looked at, in the order of the report.
var (
	checkAnswer    = check{"answer", "answer", "H06"}
	checkLife      = check{"life", "life granted", ""}
	checkAuth      = check{"auth", "sign-in", ""}
	checkDate      = check{"api-date", "API's Date", "H08"}
	checkCORS      = check{"api-cors", "API for pages", ""}
	checkCache     = check{"api-cache", "API cacheable", "H36"}
	checkAlike     = check{"api-alike", "two calls alike", "H36"}
	checkAbsolute  = check{"expire-absolute", "expire: a date", "H41"}
	checkLong      = check{"expire-long", "expire: a day", "H41"}
	checkNegative  = check{"expire-negative", "expire: negative", "H41"}
	checkGarbage   = check{"expire-garbage", "expire: a word", "H41"}
	checkClientIP  = check{"client-ip", "client_ip", "H41"}
	checkForwarded = check{"api-forwarded", "API: forwarded", "H41"}

	checkOpens    = check{"edge-opens", "stream", ""}
	checkEdgeDate = check{"edge-date", "edge's Date", ""}
	checkEdgeCORS = check{"edge-cors", "edge for pages", ""}
	checkClocks   = check{"clocks", "clocks", "H08"}
	checkBad      = check{"bad-token", "wrong token", ""}
	checkRefusal  = check{"refusal-cors", "refusals for pages", ""}
	checkSigned   = check{"expires-signed", "expiry signed", ""}
	checkVideo    = check{"video-bound", "bound to video", ""}
	checkPlaylist = check{"playlists", "playlists", ""}
	checkSegment  = check{"segments", "segments", ""}

	checkBound         = check{"ip-bound", "bound to address", "H38"}
	checkEdgeForwarded = check{"edge-forwarded", "edge: forwarded", "H38"}

	checkTransfer = check{"transfer", "transfers", "H26"}
	checkBoundary = check{"boundary", "second of expiry", "H40"}
	checkGrace    = check{"grace", "after expiry", ""}
	checkExpired  = check{"expired-status", "status when expired", ""}
)

func checks() []check {
	return []check{
		checkAnswer, checkLife, checkAuth, checkDate, checkCORS, checkCache, checkAlike,
		checkAbsolute, checkLong, checkNegative, checkGarbage, checkClientIP, checkForwarded,
		checkOpens, checkEdgeDate, checkEdgeCORS, checkClocks, checkBad, checkRefusal, checkSigned, checkVideo, checkPlaylist, checkSegment,
		checkBound, checkEdgeForwarded, checkTransfer, checkBoundary, checkGrace, checkExpired,
	}
}
