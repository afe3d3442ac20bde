// Package qoe is what viewers lived through, and how it adds up.
//
// A [Sample] is one event of one viewer's life: a request, a token refresh, a
// stall. It is born once, where it happens, and folded at once into the [Shard]
// the viewer belongs to. A [Summary] is what a shard knows so far.
//
// The one idea: a Summary is a sum of integers. Durations are whole
// microseconds, amounts are whole bytes and bits, quantiles come from DDSketches
// with integer counts. Integer addition does not care about order, so
//
//	summary(all viewers)  ==  summary(some) + summary(the others)
//
// holds to the last byte of JSON, however viewers were spread over shards,
// processes or machines, and percentiles are never averaged. Where memory must
// be bounded (the timeline, lists of texts) the bound is chosen so that this
// still holds.
//
// Quality of experience is told in the field's words: startup time, stall count
// and seconds, rebuffering ratio, skipped seconds, average bitrate, switches,
// live latency, playback failure. No conformance to a standard is claimed.
//
// qoe does not know who produces samples, what a token is or how a summary is
// shown.
package qoe
