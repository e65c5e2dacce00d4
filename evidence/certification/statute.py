"""Words that a law or a practice direction fixes, as it prints them, each with its source. Nothing here is ours.

India: The Bharatiya Sakshya Adhiniyam, 2023 (Act 47 of 2023), Schedule, see section 63(4)(c); Gazette of India,
Extraordinary, Part II Section 1, 25 December 2023, pages 46 and 47 (https://egazette.gov.in/WriteReadData/2023/250882.pdf,
https://www.mha.gov.in/sites/default/files/250882_english_01042024.pdf). The words were compared with the copies of
nyayx.com, nyaya.cloud and bharatsamvidhan.com, not with the Gazette's own file.
United States: 28 U.S.C. 1746, Pub. L. 94-550, 90 Stat. 2534 (https://uscode.house.gov), compared with uscode.elaws.us.
England and Wales: Practice Direction 22, paragraph 2.2, as amended from 6 April 2020 by the 113th update of the Civil
Procedure Rules, compared with two law firms' copies.
"""

from __future__ import annotations

BSA_SOURCE = (
    "The Bharatiya Sakshya Adhiniyam, 2023 (Act 47 of 2023), Schedule; Gazette of India, Extraordinary, Part II "
    "Section 1, 25 December 2023, pp. 46-47"
)
BSA_TITLE = ("THE SCHEDULE", "[See section 63(4)(c)]", "CERTIFICATE")
BSA_PART_A = ("PART A", "(To be filled by the Party)")
BSA_PART_B = ("PART B", "(To be filled by the Expert)")
BSA_AFFIRM = "do hereby solemnly affirm and sincerely state and submit as follows:—"
BSA_PRODUCED = (
    "I have produced electronic record/output of the digital record taken from the following device/digital record "
    "source (tick mark):—"
)
BSA_OBTAINED = (
    "The produced electronic record/output of the digital record are obtained from the following device/digital record "
    "source (tick mark):—"
)
BSA_SOURCES = ("Computer / Storage Media", "DVR", "Mobile", "Flash Drive", "CD/DVD", "Server", "Cloud", "Other")
BSA_OTHER_INFORMATION = "and any other relevant information, if any, about the device/digital record"
BSA_CONTROL = (
    "The digital device or the digital record source was under the lawful control for regularly creating, storing or "
    "processing information for the purposes of carrying out regular activities and during this period, the computer "
    "or the communication device was working properly and the relevant information was regularly fed into the computer "
    "during the ordinary course of business. If the computer/digital device at any point of time was not working "
    "properly or out of operation, then it has not affected the electronic/digital record or its accuracy."
)
BSA_HELD = "The digital device or the source of the digital record is:—"
BSA_HOLDINGS = ("Owned", "Maintained", "Managed", "Operated")
BSA_BY_ME = "by me (select as applicable)."
BSA_HASH = "I state that the HASH value/s of the electronic/digital record/s is"
BSA_THROUGH = ", obtained through the following algorithm:—"
BSA_ALGORITHMS = ("SHA1:", "SHA256:", "MD5:")
BSA_STANDARD = "(Legally acceptable standard)"
BSA_ENCLOSED = "(Hash report to be enclosed with the certificate)"
BSA_SIGN_A = "(Name and signature)"
BSA_SIGN_B = "(Name, designation and signature)"

US_SOURCE = "28 U.S.C. § 1746 (Pub. L. 94-550, Oct. 18, 1976, 90 Stat. 2534)"
US_ABROAD = (
    "I declare under penalty of perjury under the laws of the United States of America that the foregoing is true and "
    "correct. Executed on"
)
US_WITHIN = "I declare under penalty of perjury that the foregoing is true and correct. Executed on"

UK_SOURCE = "Civil Procedure Rules (England and Wales), Practice Direction 22, paragraph 2.2 (from 6 April 2020)"
UK_TRUTH = (
    "I believe that the facts stated in this witness statement are true. I understand that proceedings for contempt of "
    "court may be brought against anyone who makes, or causes to be made, a false statement in a document verified by "
    "a statement of truth without an honest belief in its truth."
)
