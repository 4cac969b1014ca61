// Package edge builds the way in: an application load balancer in two zones or
// more, its target group and listeners. With a domain it has a certificate that
// ACM validates and renews through Route 53, an alias record, TLS 1.2 or later,
// and port 80 only redirects; more names redirect to the domain. Without a domain
// it speaks HTTP. Requests with invalid headers lose them, ambiguous ones are
// defused, and all are recorded when there is a bucket for the record.
//
// It refuses a domain without its hosted zone and the other way round, and a
// place for the record that Elastic Load Balancing would refuse.
//
// It protects the load balancer against deletion unless Disposable says
// otherwise.
package edge
