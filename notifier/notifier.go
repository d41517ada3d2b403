// Package notifier tells people about notices. It reads events from the stream
// and hands each one to every channel.
package notifier
