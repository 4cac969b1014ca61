// Package observability tells people when an environment is unwell, and shows
// them why: an encrypted topic, alarms of which each says what to do first,
// messages about failed deployments and about the database, metrics from the
// app's log, a dashboard and a monthly budget. What is not given is not watched:
// only the topic's key is required.
//
// It refuses a topic that alarms can't publish to (see Args.KeyARN), and settings
// from which it could not reckon a threshold.
//
// It protects the topic: messages come over TLS, from this component's alarms,
// from EventBridge and from the account's budgets only.
//
// With everything watched that Args names, one worker and one replica, these are
// 20 alarms over 22 metrics (0.10 USD a month each), 5 metrics from the logs
// (0.30 USD each) and one dashboard of 29 metrics (three of up to 50 are free):
// https://aws.amazon.com/cloudwatch/pricing/
package observability
