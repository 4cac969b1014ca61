// Package cdn builds a CloudFront distribution that serves an app's media from
// its private bucket, which CloudFront alone reads by signed requests (origin
// access control), and its static files from its public host. Nothing else of
// the app is reached through it: what is not below StaticPath comes from the
// bucket, whose policy decides what CloudFront may read (see
// storage.Args.CloudFrontPrefix). HTTP redirects to HTTPS.
//
// What CloudFront may read can be read by everyone who knows its address: media
// that only some users may see need signed links to the bucket instead.
//
// With a domain viewers speak TLS 1.2 or later. Without one CloudFront's own
// certificate serves, and with it CloudFront takes TLS 1.0:
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/distribution-web-values-specify.html#DownloadDistValues-security-policy
//
// It keeps no access log: CloudFront's legacy log is written through ACLs, which
// private buckets refuse, and the log that replaced it is configured in
// us-east-1 only, wherever the stack is. It has no firewall, whose web ACL would
// have to be there too, and admits every country: it serves public files only.
// https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logging.html
//
// It refuses a domain without its certificate and hosted zone and the other way
// round.
//
// It protects the distribution, since its name is in links that others keep:
// unless Disposable says otherwise Pulumi refuses to delete it.
package cdn
