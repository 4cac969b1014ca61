// Package storage builds a private bucket, for the media that an app's users
// upload or for access logs: encrypted, versioned, reachable over TLS only, with
// every form of public access blocked. One policy says who else may use it: the
// AWS services that deliver logs into it, CloudFront below one prefix. Roles get
// their rights from their own policies (ReadWrite).
//
// It refuses a key for a bucket that receives logs, since S3 and Elastic Load
// Balancing deliver under S3's own keys only, access logs of the bucket that
// receives them, and wildcards among the origins.
//
// It protects the objects: what is overwritten or deleted can be brought back,
// and a bucket that still holds objects is not deleted unless Disposable says so.
package storage
