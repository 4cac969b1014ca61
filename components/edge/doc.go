// Package edge builds the way in: an application load balancer in two zones or
// more, its target group and listeners. With a domain it has a certificate that
// ACM validates and renews through Route 53, an alias record, TLS 1.2 or later,
// and port 80 only redirects. Without a domain it speaks HTTP.
//
// It refuses a domain without its hosted zone and the other way round.
//
// It protects the load balancer against deletion unless Disposable says
// otherwise.
package edge
