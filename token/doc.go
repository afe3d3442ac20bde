// Package token is the grant that stands in a protected URL: how it is signed,
// judged, found and replaced.
//
// The scheme is the one of Gcore's secure tokens, where the right to fetch is two
// segments of the path, in front of the file:
//
//	https://cdn.example.com/videos/2675_iKbrdNMcS9/rI1224fiE3USCa8q/1700000060/master.m3u8
//	                        kind   client_video    token            expires    rest
//
// Everything here is a function of its arguments, the time included, so a
// player's side and an edge's side can be tested against each other without
// either of them running. [Signer] is the edge and the token backend; a
// [Rewriter] is what runs in the viewer's player, with the limits of the real
// ones; [Scheme] is the seam between the two and the rest of the program, where
// grants that ride in a query, a cookie or a header can be added.
//
// token does not know clocks, HTTP, or who refreshes a grant and when.
package token
