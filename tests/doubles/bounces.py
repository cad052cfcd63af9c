"""Mails as servers write them about mails of ours, each in the manner of one kind of server.

`{id}` is the id of our message, `{status}` and `{action}` are those of the report.
"""

from __future__ import annotations

POSTFIX = """\
Return-Path: <>
Date: Tue, 1 Dec 2026 12:00:00 +0200 (EET)
From: MAILER-DAEMON@mx.example.lv (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: bounces+{id}@gaisma.example
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="4F1.1/mx.example.lv"
Message-Id: <20261201100000.4F1@mx.example.lv>

This is a MIME-encapsulated message.

--4F1.1/mx.example.lv
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

This is the mail system at host mx.example.lv.

<anna@example.lv>: host mail.example.lv[192.0.2.7] said: 550 {status}
    <anna@example.lv>: Recipient address rejected (in reply to RCPT TO command)

--4F1.1/mx.example.lv
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.lv
Original-Envelope-Id: {id}
X-Postfix-Queue-ID: 4F1
X-Postfix-Sender: rfc822; bounces+{id}@gaisma.example
Arrival-Date: Tue,  1 Dec 2026 11:59:58 +0200 (EET)

Final-Recipient: rfc822; anna@example.lv
Original-Recipient: rfc822;anna@example.lv
Action: {action}
Status: {status}
Remote-MTA: dns; mail.example.lv
Diagnostic-Code: smtp; 550 {status} <anna@example.lv>: Recipient address rejected

--4F1.1/mx.example.lv
Content-Description: Undelivered Message Headers
Content-Type: text/rfc822-headers

From: =?utf-8?q?Sadales_t=C4=ABkls?= <zinas@gaisma.example>
To: anna@example.lv
Subject: =?utf-8?q?Pl=C4=81noti_darbi?=
Message-ID: <{id}@gaisma.example>

--4F1.1/mx.example.lv--
"""

# No envelope id, the whole mail given back, and an HTML part before the report.
EXCHANGE = """\
From: <postmaster@contoso.example>
To: <zinas@gaisma.example>
Date: Tue, 1 Dec 2026 10:00:03 +0000
Content-Type: multipart/report; report-type=delivery-status;
 boundary="_5e9d"
Content-Language: en-US
Message-ID: <d41f@DB9.contoso.example>
In-Reply-To: <{id}@gaisma.example>
References: <{id}@gaisma.example>
Subject: =?utf-8?B?VW5kZWxpdmVyYWJsZTogUGzEgW5vdGkgZGFyYmk=?=
Auto-Submitted: auto-replied
X-MS-Exchange-Message-Is-Ndr:
MIME-Version: 1.0

--_5e9d
Content-Type: multipart/alternative; boundary="_inner"

--_inner
Content-Type: text/plain; charset="us-ascii"

Your message to anna@contoso.example couldn't be delivered.

--_inner
Content-Type: text/html; charset="us-ascii"
Content-Transfer-Encoding: quoted-printable

<html><body>couldn't be delivered</body></html>

--_inner--

--_5e9d
Content-Type: message/delivery-status

Reporting-MTA: dns;DB9.contoso.example
Received-From-MTA: dns;mx.gaisma.example
Arrival-Date: Tue, 1 Dec 2026 10:00:02 +0000

Final-Recipient: rfc822;anna@contoso.example
Action: {action}
Status: {status}
Diagnostic-Code: smtp;550 {status} RESOLVER.ADR.RecipientNotFound; not found by SMTP lookup

--_5e9d
Content-Type: message/rfc822

From: <zinas@gaisma.example>
To: anna@contoso.example
Message-ID: <{id}@gaisma.example>
MIME-Version: 1.0
Content-Type: multipart/alternative; boundary="x"

--x
Content-Type: text/plain; charset="utf-8"

Labdien!
--x--

--_5e9d--
"""

# The report names our Message-ID in a field of its own; the text is nested in multipart/related.
GMAIL = """\
Delivered-To: zinas@gaisma.example
Return-Path: <>
From: Mail Delivery Subsystem <mailer-daemon@googlemail.com>
To: zinas@gaisma.example
Auto-Submitted: auto-replied
Subject: Delivery Status Notification (Failure)
References: <{id}@gaisma.example>
In-Reply-To: <{id}@gaisma.example>
X-Failed-Recipients: anna@example.lv
Message-ID: <6568.050a@mx.google.com>
Date: Tue, 01 Dec 2026 02:00:05 -0800 (PST)
MIME-Version: 1.0
Content-Type: multipart/report; boundary="00000000ab"; report-type=delivery-status

--00000000ab
Content-Type: multipart/related; boundary="00000000cd"

--00000000cd
Content-Type: text/html; charset="UTF-8"

<html><body><p>Adrese netika atrasta</p></body></html>
--00000000cd
Content-Type: image/png; name="icon.png"
Content-Transfer-Encoding: base64

iVBORw0KGgo=
--00000000cd--

--00000000ab
Content-Type: message/delivery-status

Reporting-MTA: dns; googlemail.com
Arrival-Date: Tue, 01 Dec 2026 02:00:04 -0800 (PST)
X-Original-Message-ID: <{id}@gaisma.example>

Final-Recipient: rfc822; anna@example.lv
Action: {action}
Status: {status}
Remote-MTA: dns; mail.example.lv. (192.0.2.7, the server for the domain example.lv.)
Diagnostic-Code: smtp; 550-{status} The email account that you tried to reach does not exist.
 550 {status} Please try double-checking the address.
Last-Attempt-Date: Tue, 01 Dec 2026 02:00:05 -0800 (PST)

--00000000ab
Content-Type: message/rfc822

From: zinas@gaisma.example
To: anna@example.lv
Message-ID: <{id}@gaisma.example>

(gone)
--00000000ab--
"""

OUT_OF_OFFICE = """\
From: Anna <anna@example.lv>
To: zinas@gaisma.example
Subject: =?utf-8?q?Automātiskā_atbilde=3A_Plānoti_darbi?=
In-Reply-To: <{id}@gaisma.example>
Auto-Submitted: auto-replied (vacation)
X-Auto-Response-Suppress: All
Content-Type: text/plain; charset=utf-8

Esmu atvaļinājumā.
"""

READ_RECEIPT = """\
From: anna@example.lv
To: zinas@gaisma.example
Subject: Read: Planoti darbi
MIME-Version: 1.0
Content-Type: multipart/report; report-type=disposition-notification; boundary="r"

--r
Content-Type: text/plain

Read.
--r
Content-Type: message/disposition-notification

Original-Message-ID: <{id}@gaisma.example>
Disposition: manual-action/MDN-sent-manually; displayed
--r--
"""

COMPLAINT = """\
From: <staff@hotmail.example>
To: abuse@gaisma.example
Subject: complaint about message from 192.0.2.1
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="f"

--f
Content-Type: text/plain

This is an email abuse report.
--f
Content-Type: message/feedback-report

Feedback-Type: {action}
User-Agent: SomeGenerator/1.0
Version: 1
--f
Content-Type: message/rfc822

From: zinas@gaisma.example
Message-ID: <{id}@gaisma.example>
Subject: Planoti darbi

Labdien!
--f--
"""

LETTER = """\
From: Anna <anna@example.lv>
To: zinas@gaisma.example
Subject: Re: Planoti darbi
In-Reply-To: <{id}@gaisma.example>
Content-Type: text/plain; charset=utf-8

Labdien! Man tajā dienā vajag elektrību.
"""
