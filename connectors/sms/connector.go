// Package sms is the channel of text messages, through AWS End User Messaging SMS.
package sms
