// Package firewall builds an AWS WAF web ACL in front of a load balancer: a limit
// of requests per address, and the rule groups that AWS keeps up to date against
// addresses of bad repute, known exploits such as Log4Shell, common attacks and
// SQL injection. What no rule matches passes. What one refused or counted is
// logged without its credentials; the load balancer's own access log holds the
// rest.
//
// Behind a load balancer AWS WAF sees the first 8 KB of a body only, and AWS's
// rule against longer ones would refuse every image: it counts instead, so the
// app has to bound its bodies itself. Below UploadPaths the rules that mistake
// files for attacks count as well.
//
// It refuses upload paths that are not anchored, and limits that AWS would not
// take.
//
// It protects no data and can be deleted at any time. It costs 5 USD a month, 1
// more for each of its five rules (six with UploadPaths), and 0.60 for a million
// requests (us-east-1, https://aws.amazon.com/waf/pricing/).
package firewall
