"""Where anything about a person is: every column of every table, said in one place.

A test walks the schema: a column that is not here fails it. What an export hands out, what an
erasure takes and what must be looked through is decided from this table and nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterator

# What a column holds about a person:
#   phone     a phone number or an e-mail address     customer  the number of a customer
#   name      a name                                  place     an address, a supply point, a meter
#   text      words in which anything may stand       health    a device that keeps somebody alive
#   link      leads to a person by another table      staff     who works here
#   secret    what opens a door                       network   an address of a computer
# "-" is nothing of these: moments, counts, states, words of ours, ids of works and campaigns.
KINDS = (
    "phone", "customer", "name", "place", "text", "health", "link", "staff", "secret", "network",
)  # fmt: skip

_WHO = """
customers: customer=customer_number name=name place=postal_address,postcode
    -=kind,language,updated_at
premises: place=eic,address,town,postcode,meter_number,lat,lon customer=customer_number
    health=life_support -=transformer,feeder,updated_at
contacts: phone=value customer=customer_number -=id,kind,language,source,consent_at,dead_at
opt_outs: phone=value -=kind,opted_out_at
consents: phone=value customer=customer_number text=text link=message_id staff=by
    -=id,kind,action,at,channel,purpose
registration_tries: phone=phone customer=customer_number -=id,at
outage_subscribers: phone=phone -=outage_id,language,at,told
fault_reports: phone=phone place=eic,address,town link=id,message_id
    -=transformer,feeder,scope,danger,still_out,outage_id,state,made_at,closed_at
danger_looks: link=report_id staff=by -=at
outage_premises: place=eic -=outage_id,until_revision
"""
_TALK = """
conversations: phone=phone text=state staff=agent,closed_by link=id
    -=owner,language,topic,pace,urgent,waiting_since,last_in_at,made_at,agent_at,closed_at
turns: text=events link=message_id,conversation_id,reply_id
    -=at,language,intent,score,sure,because,answers
conversation_notes: text=text link=conversation_id staff=agent -=id,at
conversation_reads: link=conversation_id,message_id staff=agent
conversation_waits: link=conversation_id staff=agent -=id,urgent,since,answered_at
candidates: text=text,skeleton link=message_id -=id,language,intent,source,at
phrases: -=id,language,intent,text,skeleton,accepted_at staff=accepted_by
complaints: phone=phone customer=customer_number text=text,outcome link=id,number,message_id
    staff=closed_by -=language,state,made_at,answer_by,closed_at
search_documents: link=id,conversation_id -=up_to
search_words: text=people,texts
"""
_TOLD = """
notices: customer=customer_number phone=phone place=eic health=life_support link=id
    -=campaign_id,outage_id,topic_id,revision,kind,state,due_at,old_starts_at,old_ends_at
    -=by_letter,made_at
messages: phone=peer customer=customer_number text=body staff=made_by
    link=id,provider_id,in_reply_to
    -=direction,channel,kind,lane,provider,campaign_id,topic_id,language,segments,cost_cents
    -=status,attempts,due_at,valid_until,leased_by,lease_until,claimed_at,lookups,followed
    -=error_code,made_at,sent_at,done_at
notice_messages: link=notice_id,message_id
receipts: link=message_id,provider_id -=id,status,error_code,at
calls: customer=customer_number place=eic text=outcome staff=done_by
    -=id,reason,outage_id,campaign_id,before_at,state,made_at,done_at
debts: customer=customer_number link=id,reference text=plan
    -=sum_cents,due_on,pay_by,stage,disconnect_on,updated_at
debt_days: link=notice_id -=pay_by,disconnect_on
letter_batches: staff=made_by -=id,state,file,letters,pages,postage_cents,made_at,written_at
campaigns: text=late_reason,paused_why,title,audience
    staff=made_by,made_login,approved_by,approved_login
    -=id,kind,state,parent_id,corrects_id,made_at,approved_at,deadline_at,works,first_at,last_at
    -=valid_until,canary_until,seen_failed,seen_handed,updated_at
campaign_texts: text=text -=campaign_id,language
outages: text=reason -=id,external_id,kind,state,sequence,revision,starts_at,ends_at,crew,nested_in
    -=updated_at
outage_revisions: text=reason staff=made_by
    -=outage_id,revision,sequence,state,starts_at,ends_at,crew,at
"""
_HOUSE = """
audit: link=subject text=detail staff=actor,login -=id,at,action,seq,salt,content_hash,hash
audit_chain: -=name,seq,hash
agents: staff=name,full_name secret=password_hash,totp_secret
    -=roles,must_change,given_at,totp_used,step_asked_at,language,theme,disabled_at,made_at
agent_tries: link=name_hash -=failures,locked_until,at
agent_sessions: secret=token_hash staff=agent network=address,browser -=passed,made_at,seen_at
ready_answers: staff=made_by -=name,topic,lv,ru,en,updated_at
api_tokens: secret=token_hash staff=made_by -=id,name,scopes,made_at,expires_at,used_at,revoked_at
api_answers: text=body link=key,request_hash -=caller,status,at
webhooks: secret=secret,old_secret staff=made_by
    -=id,url,events,old_secret_until,contacts,state,made_at
webhook_events: link=subject_id text=data -=id,event,at,spread
webhook_deliveries: -=event_id,webhook_id,state,attempts,due_at,answer,done_at
switches: text=value staff=by -=name,at
locks: -=name,holder,until
erased: link=hash -=id,at
stranger_answers: -=day,block,answers
privacy_requests: phone=who text=reason staff=asked_by,decided_by
    -=id,kind,state,asked_at,decided_at
"""


def _read(text: str) -> Iterator[tuple[str, dict[str, str]]]:
    for entry in text.replace("\n    ", " ").strip().splitlines():
        if not entry:
            continue
        table, _, rest = entry.partition(":")
        columns: dict[str, str] = {}
        for part in rest.split():
            kind, _, names = part.partition("=")
            columns |= dict.fromkeys(names.split(","), kind)
        yield table, columns


COLUMNS: dict[str, dict[str, str]] = dict(_read(_WHO + _TALK + _TOLD + _HOUSE))


def of_kind(kind: str) -> list[tuple[str, str]]:
    """Every (table, column) that holds this kind."""
    return [
        (table, name)
        for table, columns in COLUMNS.items()
        for name, held in columns.items()
        if held == kind
    ]
