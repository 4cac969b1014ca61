// Package storage builds the private bucket for the media that an app's users
// upload: encrypted, versioned, reachable over TLS only, with every form of
// public access blocked.
//
// It refuses a retention of old versions below one day.
//
// It protects the objects: a bucket that still holds some is not deleted unless
// Disposable says so.
package storage
